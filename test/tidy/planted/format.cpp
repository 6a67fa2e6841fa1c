// planted as src/reduce/example.cpp
// next line: format
int   one( ) ;
