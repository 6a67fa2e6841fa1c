// Result<T>: a value, or the one sentence that says why there is none and what to do about it.
// The library throws nothing. A failed peer is data and never an Error; an impossible operation is.
#pragma once

#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace moshpit {

// A code exists only where a caller can act on it differently.
enum class ErrorCode {
  invalid_argument,  // the caller's words are off: correct them
  refused,           // another peer said no: wrong invite, other run, other model
  unreachable,       // nobody answered there in time
  address_in_use,    // the port is taken: choose another
  incompatible,      // the other side speaks another version or has another model
  bad_data,          // bytes from a file or from the network make no sense
  io,                // the operating system said no
  cancelled,         // the peer is leaving
};

class Error {
 public:
  Error(ErrorCode code, std::string message) : code_(code), message_(std::move(message)) {}

  ErrorCode code() const { return code_; }
  const std::string& message() const { return message_; }

 private:
  ErrorCode code_;
  std::string message_;
};

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  // Requires: ok().
  T& value() & { return require(ok()), *std::get_if<0>(&state_); }
  const T& value() const& { return require(ok()), *std::get_if<0>(&state_); }
  T&& value() && { return require(ok()), std::move(*std::get_if<0>(&state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  // Requires: not ok().
  const Error& error() const { return require(!ok()), *std::get_if<1>(&state_); }

 private:
  // Taking what is not there is a bug, and a bug stops the program in every build.
  static void require(bool holds) {
    if (!holds) std::abort();
  }

  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}

  bool ok() const { return !error_; }
  explicit operator bool() const { return ok(); }

  // Requires: not ok().
  const Error& error() const {
    if (!error_) std::abort();
    return *error_;
  }

 private:
  std::optional<Error> error_;
};

}  // namespace moshpit
