#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "agent/dissect/dissector.hpp"

namespace greywatch::agent::amqp {

/// Octets of a frame that are read; the rest of longer ones is passed over.
inline constexpr std::size_t most_read = 16 * 1024;
/// The longest frame that is believed. Brokers negotiate 128 KiB or less.
inline constexpr std::uint32_t most_size = (1U << 24) - 1;

/// `classic` is 0-9-1. The two share no octet at the front of a frame: 1.0 begins with a size below 2^24.
enum class Form : std::uint8_t { header, classic, modern };

/// How the frame at the front lies. AMQP 0-9-1, 2.3.5; AMQP 1.0, 2.3.
struct Layout {
  Form form = Form::header;
  std::uint8_t type = 0;  ///< of the frame, raw
  std::uint16_t channel = 0;
  std::size_t body = 8;   ///< octets before what the frame carries
  std::size_t end = 8;    ///< octets before its end, the frame-end octet of 0-9-1 left out
  std::size_t whole = 8;  ///< octets in all
};
/// Nothing, and `frame` says why, when there is no start of a frame or not enough of it.
std::optional<Layout> read_layout(Bytes octets, Frame& frame);

/// One frame as far as it could be read. Borrows it.
struct Message {
  Layout layout;
  Bytes octets;
  Bytes body;  ///< what the frame carries, as far as it is there
  bool cut = false;
  Operation operation = Operation::session;
  Role role = Role::unsolicited;
  Status status = Status::none;
  std::uint32_t code = 0;
  std::string_view name;    ///< of the method or performative: a literal
  std::string_view object;  ///< what it is about
  std::string_view unknown_table;
  std::uint32_t unknown_code = 0;
  std::optional<Malformed> malformed;
};

/// Takes what is read as it is read: once without a sink to learn the message, once more to name its fields.
void read_classic(Message& message, FieldSink* sink);
void read_modern(Message& message, FieldSink* sink);

/// Whether the frame at the front begins with what its standard knows, as far as it is there.
bool like_classic(Layout const& layout, Bytes body);
bool like_modern(Layout const& layout, Bytes body);

/// The user name of a SASL PLAIN response (RFC 4616); never what follows it.
std::string_view plain_user(Bytes response);

}  // namespace greywatch::agent::amqp
