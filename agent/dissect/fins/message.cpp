#include "agent/dissect/fins/message.hpp"

#include <algorithm>

#include "agent/dissect/fins/end_code.hpp"

namespace greywatch::agent::fins {
namespace {

/// Takes of a body what detectors must know.
class Gist final : public PartSink {
 public:
  explicit Gist(Message& message) : message_(message) {}

  void part(Part const& part, Bytes octets) override {
    auto& subject = message_.subject;
    if (part.kind == Kind::place || part.kind == Kind::numbered || part.kind == Kind::sized)
      return take_place(part, octets);
    if (part.kind == Kind::items || (subject.kind == Subject::Kind::memory && part.field == "fins.items"))
      subject.count = static_cast<std::uint16_t>(number_of(octets));
    switch (part.means) {
      case Means::nothing:
        return;
      case Means::parameter_area:
        subject = {.kind = Subject::Kind::parameters, .address = static_cast<std::uint16_t>(number_of(octets))};
        return;
      case Means::program:
        subject = {.kind = Subject::Kind::program, .address = static_cast<std::uint16_t>(number_of(octets))};
        return;
      case Means::word:
        subject.word = number_of(octets);
        return;
      case Means::file:
        // Of two names the first one; of memory and a file the memory.
        if (subject.kind != Subject::Kind::none) return;
        subject.kind = Subject::Kind::file;
        std::ranges::copy(text_of(octets), subject.file.begin());
        return;
      case Means::mode:
        message_.value = message_.spoken = static_cast<std::uint16_t>(number_of(octets));
        return;
      case Means::specification:
        if (forced_++ > 0) return;
        message_.spoken = static_cast<std::uint16_t>(number_of(octets));
        if (message_.spoken != forced_released) message_.value = message_.spoken & 1;
        return;
      case Means::written: {
        auto const* const area = find_area(subject.area);
        std::size_t const wide = part.kind == Kind::octets || area == nullptr ? 2 : area->octets;
        if (octets.size() >= wide) message_.value = number_of(octets.first(wide));
        return;
      }
    }
  }

 private:
  void take_place(Part const& part, Bytes octets) {
    if (!octets.empty() && find_area(octets[0]) == nullptr && !message_.has_unknown_area) {
      message_.has_unknown_area = true;
      message_.unknown_area = octets[0];
    }
    if (part.kind == Kind::sized) return;
    auto& subject = message_.subject;
    if (subject.kind == Subject::Kind::memory) {
      // Several places: a read of them names the first one, and their number. What is written by a transfer comes last.
      if (message_.header->command == transfer) {
        subject = memory(octets);
      } else if (message_.header->command == several) {
        ++subject.count;
      }
      return;
    }
    subject = memory(octets);
    subject.count = 1;
  }

  static Subject memory(Bytes octets) {
    auto const place = place_of(octets);
    return {.kind = Subject::Kind::memory, .bit = place.bit, .area = place.area, .address = place.address};
  }

  static constexpr std::uint16_t several = 0x0104, transfer = 0x0105;
  Message& message_;
  unsigned forced_ = 0;
};

void refuse(Message& message, Malformed why) {
  if (!message.malformed) message.malformed = why;
}

/// A FINS frame, whose first octet is the `offset`th one of the message.
void read_frame(Bytes frame, std::size_t offset, Message& message) {
  Reader in(frame);
  auto const header = read_header(in);
  if (!in) return refuse(message, {Defect::truncated, offset + frame.size(), "header"});
  message.header = header;
  message.command = find_command(header.command);
  if ((header.icf & 0x3E) != 0) refuse(message, {Defect::bad_value, offset, "fins.icf"});
  if (header.is_response()) {
    message.end_code = in.be16();
    if (!in) {
      message.end_code.reset();
      return refuse(message, {Defect::truncated, offset + frame.size(), "fins.end_code"});
    }
    if ((*message.end_code & relay_error) != 0 && in.left() >= 2) message.relay = in.be16();
  }
  message.body_offset = offset + in.at();
  message.body = in.rest();
  if (message.command == nullptr) return;
  message.layout =
      header.is_response() ? response_layout(*message.command, message.body.size()) : message.command->request;
  // An answer that says that something went wrong needs not to have a body.
  if (header.is_response() && message.body.empty() && (*message.end_code & end_code_bits) != 0) {
    message.layout = {};
    return;
  }
  Gist gist(message);
  if (auto why = walk(message.layout, message.body, gist)) {
    why->offset += message.body_offset;
    refuse(message, *why);
  }
}

}  // namespace

Message read_datagram(Bytes octets) {
  Message message;
  read_frame(octets, 0, message);
  return message;
}

Message read_stream_message(Bytes octets) {
  Message message;
  Reader in(octets);
  auto const tcp = read_tcp_header(in);
  if (!in) {
    refuse(message, {Defect::truncated, octets.size(), "tcp_header"});
    return message;
  }
  message.tcp = tcp;
  switch (tcp.kind()) {
    case TcpCommand::frame:
      read_frame(in.rest(), tcp_header_octets, message);
      return message;
    case TcpCommand::client_node_address:
      message.node = in.be32();
      break;
    case TcpCommand::server_node_address:
      message.node = in.be32();
      message.server_node = in.be32();
      break;
    case TcpCommand::frame_error:
    case TcpCommand::confirmation:
      break;
    default:
      return message;
  }
  if (!in) refuse(message, {Defect::truncated, octets.size(), "fins.tcp.client_node"});
  if (in.left() > 0) refuse(message, {Defect::trailing, in.at(), "trailing"});
  return message;
}

}  // namespace greywatch::agent::fins
