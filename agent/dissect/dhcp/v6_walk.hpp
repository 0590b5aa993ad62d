#pragma once
#include "agent/dissect/dhcp/v6_message.hpp"

namespace greywatch::agent::dhcp::v6 {

/// Goes once through a message and all that it holds: what is said goes into the sink, what the message comes to into
/// `message`. An option that is not what it should be is left out, the first such one noted; behind one that is not
/// whole nothing is read.
class Walk {
 public:
  Walk(Message& message, FieldSink* sink, Emitter* emitter) : message_(message), sink_(sink), emitter_(emitter) {}
  void message(Bytes octets, std::size_t depth = 0);

 private:
  void options(Bytes octets, std::size_t depth, std::uint16_t within);
  void option(Item const& item, std::size_t depth, std::uint16_t within);
  bool content(Option const& row, Bytes value, std::size_t depth, std::uint16_t within);
  void summarize(Item const& item, std::uint16_t within);

  bool duid(Option const& row, Bytes value, std::uint16_t within);
  bool association(Option const& row, Bytes value, std::size_t depth);
  bool leased(Option const& row, Bytes value, std::size_t depth);
  bool texts(std::string_view field, Bytes value);
  bool names(Option const& row, Bytes value);
  bool full_name(Option const& row, Bytes value);
  bool vendor_options(Bytes value);
  bool authentication(Bytes value);
  bool ntp(Bytes value);
  bool message_v4(Bytes value);

  void put(std::string_view field, std::uint64_t value) {
    if (sink_ != nullptr) sink_->field(field, value);
  }
  void put_text(std::string_view field, std::string_view text) {
    if (sink_ != nullptr) sink_->field(field, text);
  }
  void put_ip(std::string_view field, Bytes address);
  void put_octets(std::string_view field, Bytes octets);
  /// As text where all of them are printable.
  void put_either(std::string_view field, Bytes octets);
  void unknown(std::string_view table, std::uint32_t code) {
    if (emitter_ != nullptr) emitter_->unknown(table, code);
  }
  void tolerated(std::string_view deviation) {
    if (emitter_ != nullptr) emitter_->tolerated(deviation);
  }
  std::size_t place(Bytes part) const { return static_cast<std::size_t>(part.data() - message_.octets.data()); }
  void refuse(Defect defect, std::size_t offset, std::string_view field) {
    if (!message_.malformed) message_.malformed = Malformed{defect, offset, field};
  }

  Message& message_;
  FieldSink* sink_;
  Emitter* emitter_;
};

}  // namespace greywatch::agent::dhcp::v6
