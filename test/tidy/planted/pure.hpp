// Example: decides. A pure machine. planted as src/reduce/example.hpp
#pragma once
// next line: pure_machines
#include "net/network.hpp"
// next line: pure_machines
#include "loop/loop.hpp"
#include "base/bytes.hpp"
#include "reduce/reducer.hpp"

class Example {
  // next line: pure_machines
  virtual void decide();
  // next line: pure_machines
  Task<> wait();
};
