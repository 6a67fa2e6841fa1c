// Pieces: SentencePiece behind an interface, in a module that is loaded when it is needed. Debian's
// library carries a protobuf of its own, under the same names as that of LibTorch and of ours: a
// program that links both crashes before main(). A module loaded with RTLD_DEEPBIND keeps the two
// apart. It is compiled with the program and lies beside it. Private to torch/.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace moshpit {

class Pieces {
 public:
  virtual ~Pieces() = default;
  virtual int size() const = 0;
  virtual int number_of(const std::string& piece) const = 0;  // that of unknown if there is none
  virtual bool is_unknown(int number) const = 0;
  virtual std::vector<int> encode(const std::string& sentence) const = 0;
  virtual std::string decode(const std::vector<int>& numbers) const = 0;
};

// What the module offers. `why` is set where there is no result.
struct PiecesModule {
  // Learns from sentences until next() gives null; answers with the model's bytes.
  std::string (*learn)(const std::map<std::string, std::string>& settings,
                       const std::function<const std::string*()>& next, std::string& why);
  std::unique_ptr<Pieces> (*load)(const std::string& bytes, std::string& why);
};

}  // namespace moshpit

extern "C" const moshpit::PiecesModule* moshpit_pieces();
