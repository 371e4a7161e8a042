#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>

#include <cstddef>
#include <utility>

namespace hearth::application {

/// What came of reading: bytes, or why there are none.
struct Received {
  boost::system::error_code failure;
  std::size_t size = 0;
};

/// `co_await read_some(socket, room)` waits for bytes, takes as many as `room` takes and gives
/// Received. As `async_read_some` with `use_task`, but without a coroutine frame for each read;
/// closing the socket ends it, other cancellation does not reach it. To be awaited where it is
/// made.
template <class Socket>
[[nodiscard]] auto read_some(Socket& socket, boost::asio::mutable_buffer room) {
  auto initiate = [&socket, room](auto handler) {
    socket.async_read_some(room, [waiting = std::move(handler)](boost::system::error_code failure,
                                                                std::size_t size) mutable {
      std::move(waiting)(Received{failure, size});
    });
  };
  return boost::asio::async_initiate<const boost::asio::deferred_t&, void(Received)>(
      std::move(initiate), boost::asio::deferred);
}

}  // namespace hearth::application
