
// whole file: header_shape
// planted as src/reduce/example.hpp

// next line: header_shape
using namespace moshpit;
// next line: columns
// This line is far too long for a window of a hundred columns, and it says nothing that is worth it.
// next line: unfinished
// TODO: write this
// next line: machine_paths
const char* path = "/home/somebody/src";
