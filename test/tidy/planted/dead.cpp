// whole file: dead_files
// planted as src/reduce/example.cpp
