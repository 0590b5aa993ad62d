#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "agent/dissect/dissector.hpp"
#include "common/bytes.hpp"

namespace greywatch::agent::mqtt {

/// Control packet types. MQTT 5.0, 2.1.2.
enum class Type : std::uint8_t {
  connect = 1,
  connack,
  publish,
  puback,
  pubrec,
  pubrel,
  pubcomp,
  subscribe,
  suback,
  unsubscribe,
  unsuback,
  pingreq,
  pingresp,
  disconnect,
  auth,
};

/// Protocol levels: of MQTT 3.1, 3.1.1 and 5.0.
inline constexpr std::uint8_t level_31 = 3, level_311 = 4, level_5 = 5;

/// Octets of a packet that are read; what a longer one publishes behind them is passed over.
inline constexpr std::size_t most_read = 8192;

/// The fixed header. MQTT 5.0, 2.1.
struct Header {
  Type type{};
  std::uint8_t flags = 0;
  std::uint32_t remaining = 0;  ///< octets behind it
  std::size_t octets = 0;       ///< of itself, 2 to 5

  std::size_t whole() const { return octets + remaining; }
};
struct HeaderRead {
  enum class Verdict : std::uint8_t { complete, more, broken } verdict;
  Header header;
};
HeaderRead read_header(Bytes octets);

/// The variable byte integer. MQTT 5.0, 1.5.5. Fails the reader when it has more than four octets.
std::uint32_t read_variable(Reader& in);
/// Octets behind a length of two octets: a string or binary data. MQTT 5.0, 1.5.4 and 1.5.6.
Bytes read_counted(Reader& in);

/// What CONNECT says. MQTT 5.0, 3.1.
struct Connect {
  std::string_view protocol_name;
  std::uint8_t level = 0, flags = 0;
  std::uint16_t keep_alive = 0;  ///< seconds
  std::string_view client_id, will_topic, user_name;
  std::uint16_t will_length = 0;  ///< octets of the will's payload
  Bytes properties, will_properties;

  bool clean() const { return flags & 0x02; }
  bool will() const { return flags & 0x04; }
  std::uint8_t will_qos() const { return flags >> 3 & 3; }
  bool will_retain() const { return flags & 0x20; }
  bool has_password() const { return flags & 0x40; }
  bool has_user_name() const { return flags & 0x80; }
};

/// One control packet. Borrows the octets.
struct Packet {
  Header header;
  std::uint8_t level = 0;  ///< of the connection; 0 while nobody knows, then read as 3.1.1
  std::optional<Connect> connect;
  std::optional<std::uint16_t> packet_id;
  std::optional<std::uint8_t> acknowledge_flags;
  std::optional<std::uint8_t> reason;  ///< return code or reason code of a packet that has one
  std::string_view topic;              ///< of PUBLISH, as sent
  std::string_view alias_of;           ///< the topic that the alias of a PUBLISH without one stands for
  std::optional<std::uint16_t> alias;  ///< property 35
  Bytes payload;                       ///< of PUBLISH as far as read; topics of SUBSCRIBE; codes of SUBACK …
  std::uint32_t payload_length = 0;    ///< of PUBLISH: octets, all of them
  Bytes properties;
  std::optional<std::uint32_t> unknown_property;  ///< the first identifier that no table has
  std::optional<Malformed> malformed;

  std::uint8_t qos() const { return header.flags >> 1 & 3; }
  std::string_view subject() const { return topic.empty() ? alias_of : topic; }
};

/// Reads a packet whose fixed header is whole; `octets` may end before the packet does, after `most_read`.
Packet read_packet(Bytes octets, std::uint8_t level);

/// Goes through the topic filters of SUBSCRIBE (each with its options) and UNSUBSCRIBE.
class Topics {
 public:
  explicit Topics(Packet const& packet) : in_(packet.payload), with_options_(packet.header.type == Type::subscribe) {}
  struct Topic {
    std::string_view filter;
    std::uint8_t options = 0;
  };
  std::optional<Topic> next();

 private:
  Reader in_;
  bool with_options_;
};

}  // namespace greywatch::agent::mqtt
