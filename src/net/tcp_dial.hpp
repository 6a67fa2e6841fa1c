// Dialling: from an address to a link whose peer is proven.
//
// Private to net/, as tls_stream.hpp is. One coroutine that owns all it needs, so that it may
// outlive the transport it was asked of and may be destroyed at any time. One thread: the loop's.
#pragma once

#include <asio/io_context.hpp>
#include <memory>
#include <optional>

#include "base/address.hpp"
#include "loop/loop.hpp"
#include "loop/task.hpp"
#include "moshpit/result.hpp"
#include "net/tcp_link.hpp"
#include "net/transport.hpp"

namespace moshpit {

// Tries the addresses behind a name in order, each for its share of the time, until one answers.
Task<Result<std::unique_ptr<Link>>> dial_address(Loop& loop, asio::io_context& context,
                                                 LinkTerms terms, Address address,
                                                 std::optional<PeerId> expected, Time deadline);

}  // namespace moshpit
