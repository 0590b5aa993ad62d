#include "agent/dissect/fins/end_code.hpp"
#include "agent/dissect/fins/message.hpp"
#include "agent/dissect/text/text.hpp"

namespace greywatch::agent::fins {
namespace {

void name_octets(std::string_view field, Bytes octets, FieldSink& sink) {
  if (!octets.empty()) sink.field(field, text::hex(octets).view());
}

/// Names the parts of a body.
class Names final : public PartSink {
 public:
  Names(Message const& message, FieldSink& sink) : message_(message), sink_(sink) {}

  void part(Part const& part, Bytes octets) override {
    switch (part.kind) {
      case Kind::number:
      case Kind::items:
      case Kind::count:
      case Kind::repetitions:
        return sink_.field(part.field, std::uint64_t{number_of(octets)});
      case Kind::digits:
        return sink_.field(part.field, std::uint64_t{(octets[0] >> 4) * 10u + (octets[0] & 15u)});
      case Kind::text:
        return sink_.field(part.field, text_of(octets));
      case Kind::place: {
        auto const place = place_of(octets);
        name_area(place.area);
        sink_.field("fins.address", std::uint64_t{place.address});
        sink_.field("fins.bit", std::uint64_t{place.bit});
        return name_object(place);
      }
      case Kind::numbered:
        name_area(octets[0]);
        sink_.field(part.field, std::uint64_t{number_of(octets.subspan(1))});
        return name_object(place_of(octets));
      case Kind::sized:
        name_area(octets[0]);
        return name_octets("fins.data", octets.subspan(1), sink_);
      case Kind::data:
        name_octets(part.field, octets, sink_);
        return name_values(octets);
      case Kind::octets:
        return name_octets(part.field, octets, sink_);
      case Kind::filler:
      case Kind::secret:
      case Kind::group:
      case Kind::optional:
        return;
    }
  }

 private:
  void name_area(std::uint8_t code) {
    sink_.field("fins.memory_area", std::uint64_t{code});
    if (auto const* const area = find_area(code)) sink_.field("fins.memory_area_name", area->name);
  }
  void name_object(Place const& place) {
    Name name;
    write_place(place, name);
    sink_.field("fins.object", name.view());
  }
  /// The elements of memory that are written, or were read.
  void name_values(Bytes octets) {
    auto const command = message_.header->command;
    if (command != memory_write && command != memory_read) return;
    auto const* const area = find_area(message_.subject.area);
    if (message_.subject.kind != Subject::Kind::memory || area == nullptr || octets.size() % area->octets != 0) return;
    for (; !octets.empty(); octets = octets.subspan(area->octets))
      sink_.field("fins.value", std::uint64_t{number_of(octets.first(area->octets))});
  }

  Message const& message_;
  FieldSink& sink_;
};

void name_tcp(Message const& message, FieldSink& sink) {
  auto const& tcp = *message.tcp;
  sink.field("fins.tcp.length", std::uint64_t{tcp.length});
  sink.field("fins.tcp.command", std::uint64_t{tcp.command});
  sink.field("fins.tcp.error_code", std::uint64_t{tcp.error});
  bool const whole = !message.malformed;
  if (tcp.kind() == TcpCommand::client_node_address && whole)
    sink.field("fins.tcp.client_node", std::uint64_t{message.node});
  if (tcp.kind() != TcpCommand::server_node_address || !whole) return;
  sink.field("fins.tcp.client_node", std::uint64_t{message.node});
  sink.field("fins.tcp.server_node", std::uint64_t{message.server_node});
}

void name_header(Header const& header, FieldSink& sink) {
  sink.field("fins.icf", std::uint64_t{header.icf});
  sink.field("fins.gateway", header.gateway());
  sink.field("fins.response", header.is_response());
  sink.field("fins.no_response", header.needs_no_response());
  sink.field("fins.reserved", std::uint64_t{header.reserved});
  sink.field("fins.gateway_count", std::uint64_t{header.gateway_count});
  sink.field("fins.destination_network", std::uint64_t{header.destination_network});
  sink.field("fins.destination_node", std::uint64_t{header.destination_node});
  sink.field("fins.destination_unit", std::uint64_t{header.destination_unit});
  sink.field("fins.source_network", std::uint64_t{header.source_network});
  sink.field("fins.source_node", std::uint64_t{header.source_node});
  sink.field("fins.source_unit", std::uint64_t{header.source_unit});
  sink.field("fins.service_id", std::uint64_t{header.service_id});
  sink.field("fins.command", std::uint64_t{header.command});
}

void name_end_code(Message const& message, FieldSink& sink) {
  auto const code = *message.end_code;
  sink.field("fins.end_code", std::uint64_t{code});
  if (auto const of = end_code_class(code); !of.empty()) sink.field("fins.end_code_class", of);
  if (auto const* const row = find_end_code(code)) sink.field("fins.end_code_name", row->name);
  if ((code & fatal_error) != 0) sink.field("fins.fatal_error", true);
  if ((code & non_fatal_error) != 0) sink.field("fins.non_fatal_error", true);
  if (!message.relay) return;
  sink.field("fins.relay.network", std::uint64_t{static_cast<std::uint8_t>(*message.relay >> 8)});
  sink.field("fins.relay.node", std::uint64_t{static_cast<std::uint8_t>(*message.relay)});
}

}  // namespace

void describe(void const* what, FieldSink& sink) {
  auto const& message = *static_cast<Message const*>(what);
  if (message.tcp) name_tcp(message, sink);
  if (!message.header) return;
  name_header(*message.header, sink);
  if (message.command != nullptr) sink.field("fins.command_name", message.command->name);
  if (message.end_code) name_end_code(message, sink);
  if (message.command == nullptr) return name_octets("fins.octets", message.body, sink);
  Names names(message, sink);
  walk(message.layout, message.body, names);
  if (!message.header->is_response() || message.subject.kind == Subject::Kind::none) return;
  Name asked;
  write_subject(message.subject, asked);
  sink.field("fins.asked_object", asked.view());
}

}  // namespace greywatch::agent::fins
