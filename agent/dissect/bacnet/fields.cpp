#include <algorithm>

#include "agent/dissect/bacnet/message.hpp"

namespace greywatch::agent::bacnet {
namespace {

void name_number(std::string_view field, std::uint64_t number, FieldSink& sink) { sink.field(field, number); }

void name_text(std::string_view field, std::string_view text, FieldSink& sink) {
  if (!text.empty()) sink.field(field, text);
}

void name_object(ObjectId object, FieldSink& sink) {
  sink.field("bacnet.object_type", std::uint64_t{object.type()});
  sink.field("bacnet.instance", std::uint64_t{object.instance()});
  Name name;
  write_object(object, name);
  sink.field("bacnet.object", name.view());
}

/// Names of values by their type: the present value, of which the plant lives, has its own.
struct ValueNames {
  std::string_view null, boolean, unsigned_integer, integer, real, double_real, octets, text, bits, enumerated, date,
      time, untold;
};
constexpr ValueNames present_value_names{
    "bacnet.present_value.null",       "bacnet.present_value.boolean", "bacnet.present_value.unsigned",
    "bacnet.present_value.integer",    "bacnet.present_value.real",    "bacnet.present_value.double",
    "bacnet.present_value.octets",     "bacnet.present_value.text",    "bacnet.present_value.bits",
    "bacnet.present_value.enumerated", "bacnet.present_value.date",    "bacnet.present_value.time",
    "bacnet.present_value.untold"};
constexpr ValueNames value_names{"bacnet.value.null",       "bacnet.value.boolean", "bacnet.value.unsigned",
                                 "bacnet.value.integer",    "bacnet.value.real",    "bacnet.value.double",
                                 "bacnet.value.octets",     "bacnet.value.text",    "bacnet.value.bits",
                                 "bacnet.value.enumerated", "bacnet.value.date",    "bacnet.value.time",
                                 "bacnet.value.untold"};

void name_value(ValueNames const& names, Value const& value, FieldSink& sink) {
  switch (value.type) {
    case Type::null:
      return sink.field(names.null, true);
    case Type::boolean:
      return sink.field(names.boolean, value.boolean());
    case Type::unsigned_integer:
      return sink.field(names.unsigned_integer, value.number());
    case Type::signed_integer:
      return sink.field(names.integer, value.integer());
    case Type::real:
      return sink.field(names.real, *value.as_double());
    case Type::double_real:
      return sink.field(names.double_real, *value.as_double());
    case Type::octet_string:
      return sink.field(names.octets, hex_of(value.octets).view());
    case Type::character_string:
      return sink.field(names.text, text_of(value.octets).view());
    case Type::bit_string:
      return sink.field(names.bits, bits_of(value.octets).view());
    case Type::enumerated:
      return sink.field(names.enumerated, value.number());
    case Type::date:
      return sink.field(names.date, date_of(value.octets).view());
    case Type::time:
      return sink.field(names.time, time_of(value.octets).view());
    case Type::object_identifier:
      return name_object({static_cast<std::uint32_t>(value.number())}, sink);
    case Type::untold:
      return sink.field(names.untold, hex_of(value.octets).view());
  }
}

/// Properties of a device object that tell the inventory what it is. 12.11.
struct DeviceProperty {
  std::uint32_t property;
  std::string_view field;
};
constexpr DeviceProperty device_properties[] = {
    {12, "bacnet.device.application_software"},
    {44, "bacnet.device.firmware"},
    {58, "bacnet.device.location"},
    {70, "bacnet.device.model"},
    {77, "bacnet.device.name"},
    {121, "bacnet.device.vendor"},
    {372, "bacnet.device.serial"},
};

constexpr std::uint32_t object_name = 77, present_value = 85, no_property = 0xFFFFFFFF;

class Names final : public PartSink {
 public:
  Names(Message const& message, FieldSink& sink)
      : sink_(sink), answers_(message.is(Kind::complex_ack) && message.is_first_hand()) {}

  void part(Part const& part, Value const& value) override {
    switch (part.means) {
      case Means::object:
        object_ = ObjectId{static_cast<std::uint32_t>(value.number())};
        return name_object(object_, sink_);
      case Means::property: {
        property_ = static_cast<std::uint32_t>(value.number());
        name_number("bacnet.property", property_, sink_);
        Name name;
        write_property(property_, name);
        return sink_.field("bacnet.property_name", name.view());
      }
      case Means::value:
        if (property_ == object_name && value.type == Type::character_string)
          sink_.field("bacnet.object_name", text_of(value.octets).view());
        else
          name_value(property_ == present_value ? present_value_names : value_names, value, sink_);
        return identify(value);
      case Means::error_class:
        name_number(part.field, value.number(), sink_);
        return name_text("bacnet.error_class_name", error_class_name(static_cast<std::uint32_t>(value.number())),
                         sink_);
      case Means::error_code:
        name_number(part.field, value.number(), sink_);
        return name_text("bacnet.error_code_name", error_code_name(static_cast<std::uint32_t>(value.number())), sink_);
      case Means::array_index:
      case Means::priority:
      case Means::state:
        return name_number(part.field, value.number(), sink_);
      case Means::told:
        return tell(part, value);
      case Means::opaque:
        return sink_.field(part.field, hex_of(value.octets).view());
      case Means::group:
      case Means::passed:
      case Means::secret:
        return;
    }
  }

 private:
  void tell(Part const& part, Value const& value) {
    switch (part.type) {
      case Type::boolean:
        return sink_.field(part.field, value.boolean());
      case Type::signed_integer:
        return sink_.field(part.field, value.integer());
      case Type::real:
        return sink_.field(part.field, *value.as_double());
      case Type::character_string:
        return sink_.field(part.field, text_of(value.octets).view());
      case Type::octet_string:
        return sink_.field(part.field, hex_of(value.octets).view());
      case Type::bit_string:
        return sink_.field(part.field, bits_of(value.octets).view());
      case Type::date:
        return sink_.field(part.field, date_of(value.octets).view());
      case Type::time:
        return sink_.field(part.field, time_of(value.octets).view());
      case Type::object_identifier: {
        auto const object = ObjectId{static_cast<std::uint32_t>(value.number())};
        return name_object(object, sink_);
      }
      default:
        return name_number(part.field, value.number(), sink_);
    }
  }

  /// What a device answers of itself; not what a router answers for it.
  void identify(Value const& value) {
    if (!answers_ || object_.type() != device_type || value.type != Type::character_string) return;
    for (auto const& row : device_properties) {
      if (row.property == property_) sink_.field(row.field, text_of(value.octets).view());
    }
  }

  FieldSink& sink_;
  bool answers_;
  ObjectId object_{};
  std::uint32_t property_ = no_property;
};

void name_tables(Link const& link, FieldSink& sink) {
  if (link.table.empty()) return;
  if (link.function == 8) {
    Reader in(link.table);
    sink.field("bacnet.link.fdt.address", text::ip(in.take(4)).view());
    return name_number("bacnet.link.fdt.port", in.be16(), sink);
  }
  bool const foreign = link.function == 7;
  for (Reader in(link.table); in.left() >= table_entry_octets;) {
    sink.field(foreign ? "bacnet.link.fdt.address" : "bacnet.link.bdt.address", text::ip(in.take(4)).view());
    name_number(foreign ? "bacnet.link.fdt.port" : "bacnet.link.bdt.port", in.be16(), sink);
    if (foreign) {
      name_number("bacnet.link.fdt.time_to_live", in.be16(), sink);
      name_number("bacnet.link.fdt.time_left", in.be16(), sink);
    } else {
      sink.field("bacnet.link.bdt.mask", text::ip(in.take(4)).view());
    }
  }
}

void name_link(Link const& link, FieldSink& sink) {
  name_number("bacnet.link.function", link.function, sink);
  name_text("bacnet.link.function_name", link_function(link.function), sink);
  name_number("bacnet.link.length", link.length, sink);
  if (link.function == 0) name_number("bacnet.link.result", link.result, sink);
  if (link.function == 5) name_number("bacnet.link.time_to_live", link.time_to_live, sink);
  if (!link.forwarded_from.empty()) {
    Reader in(link.forwarded_from);
    sink.field("bacnet.link.forwarded_address", text::ip(in.take(4)).view());
    name_number("bacnet.link.forwarded_port", in.be16(), sink);
  }
  name_tables(link, sink);
}

void name_network_message(Network const& network, FieldSink& sink) {
  auto const type = *network.message_type;
  name_number("bacnet.network.message_type", type, sink);
  name_text("bacnet.network.message", network_message(type), sink);
  if (network.vendor) name_number("bacnet.network.vendor_id", *network.vendor, sink);
  if (check_network_message(network)) return;
  Reader in(network.rest);
  switch (type) {
    case 0x00:
    case 0x01:
    case 0x04:
    case 0x05:
      while (in.left() >= 2) name_number("bacnet.network.network", in.be16(), sink);
      return;
    case 0x02:
      name_number("bacnet.network.network", in.be16(), sink);
      return name_number("bacnet.network.performance", in.u8(), sink);
    case 0x03:
      name_number("bacnet.network.reject_reason", in.u8(), sink);
      return name_number("bacnet.network.network", in.be16(), sink);
    case 0x06:
    case 0x07:
      if (in.left() > 0) in.skip(1);
      while (in.left() >= 4) {
        name_number("bacnet.network.network", in.be16(), sink);
        name_number("bacnet.network.port", in.u8(), sink);
        in.skip(in.u8());
      }
      return;
    case 0x08:
      name_number("bacnet.network.network", in.be16(), sink);
      return name_number("bacnet.network.termination_time", in.u8(), sink);
    case 0x09:
      return name_number("bacnet.network.network", in.be16(), sink);
    case 0x13:
      name_number("bacnet.network.network", in.be16(), sink);
      return name_number("bacnet.network.number_status", in.u8(), sink);
    default:
      return;
  }
}

void name_network(Network const& network, FieldSink& sink) {
  name_number("bacnet.network.control", network.control, sink);
  sink.field("bacnet.network.expecting_reply", network.expecting_reply);
  name_number("bacnet.network.priority", network.priority, sink);
  if (network.destination) {
    name_number("bacnet.network.destination", network.destination->network, sink);
    name_text("bacnet.network.destination_address", hex_of(network.destination->address).view(), sink);
  }
  if (network.source) {
    name_number("bacnet.network.source", network.source->network, sink);
    name_text("bacnet.network.source_address", hex_of(network.source->address).view(), sink);
  }
  if (network.hop_count) name_number("bacnet.network.hop_count", *network.hop_count, sink);
  if (network.message_type) name_network_message(network, sink);
}

void name_apdu(Apdu const& apdu, FieldSink& sink) {
  name_number("bacnet.apdu.type", static_cast<std::uint8_t>(apdu.kind), sink);
  sink.field("bacnet.apdu.type_name", name(apdu.kind));
  if (apdu.kind == Kind::confirmed_request || apdu.kind == Kind::complex_ack) {
    sink.field("bacnet.apdu.segmented", apdu.segmented);
    sink.field("bacnet.apdu.more_follows", apdu.more_follows);
  }
  if (apdu.kind == Kind::confirmed_request) {
    sink.field("bacnet.apdu.segmented_response_accepted", apdu.segmented_response_accepted);
    name_number("bacnet.apdu.max_segments", apdu.most_segments, sink);
    name_number("bacnet.apdu.max_octets", apdu.most_octets, sink);
  }
  if (apdu.kind == Kind::segment_ack) sink.field("bacnet.apdu.negative_ack", apdu.negative_ack);
  if (apdu.kind == Kind::segment_ack || apdu.kind == Kind::abort)
    sink.field("bacnet.apdu.from_server", apdu.from_server);
  if (apdu.invoke_id) name_number("bacnet.invoke_id", *apdu.invoke_id, sink);
  if (apdu.sequence_number) name_number("bacnet.apdu.sequence_number", *apdu.sequence_number, sink);
  if (apdu.window_size) name_number("bacnet.apdu.window_size", *apdu.window_size, sink);
  if (!apdu.reason) return;
  bool const rejected = apdu.kind == Kind::reject;
  name_number(rejected ? "bacnet.reject_reason" : "bacnet.abort_reason", *apdu.reason, sink);
  name_text(rejected ? "bacnet.reject_reason_name" : "bacnet.abort_reason_name",
            rejected ? reject_reason(*apdu.reason) : abort_reason(*apdu.reason), sink);
}

void name_service(Message const& message, FieldSink& sink) {
  if (message.apdu->service) name_number("bacnet.service", *message.apdu->service, sink);
  auto const service = message.service();
  if (!service) return;
  bool const all = message.is(Kind::unconfirmed_request);
  name_text("bacnet.service_name", (all ? unconfirmed_service(*service) : confirmed_service(*service)).name, sink);
}

/// What an answer is about that does not say it itself.
void name_asked(Message const& message, FieldSink& sink) {
  if (!message.asked || !message.asked->subject.has_object) return;
  auto const& subject = message.asked->subject;
  Name name;
  write_object({subject.object}, name);
  if (subject.has_property) {
    name.put(' ');
    write_property(subject.property, name);
  }
  sink.field("bacnet.asked", name.view());
}

constexpr std::uint8_t i_am = 0;

/// Takes of an I-Am the device and its vendor for the inventory.
class Introduction final : public PartSink {
 public:
  explicit Introduction(FieldSink& sink) : sink_(sink) {}
  void part(Part const& part, Value const& value) override {
    Name name;
    if (part.means == Means::object) {
      auto const device = ObjectId{static_cast<std::uint32_t>(value.number())};
      if (device.type() != device_type) return;
      write_object(device, name);
      sink_.field("bacnet.device.identifier", name.view());
    } else if (part.field == "bacnet.vendor_id") {
      auto const vendor = static_cast<std::uint32_t>(value.number());
      name.put(vendor_name(vendor).empty() ? std::string_view("vendor") : vendor_name(vendor));
      name.put(' ');
      name.put_number(vendor);
      sink_.field("bacnet.device.registered_vendor", name.view());
    }
  }

 private:
  FieldSink& sink_;
};

}  // namespace

void describe(void const* what, FieldSink& sink) {
  auto const& message = *static_cast<Message const*>(what);
  if (message.link) name_link(*message.link, sink);
  if (message.network) name_network(*message.network, sink);
  if (!message.apdu) return;
  name_apdu(*message.apdu, sink);
  name_service(message, sink);
  name_asked(message, sink);
  if (message.segments > 0) name_number("bacnet.segments", message.segments, sink);
  if (message.partial) sink.field("bacnet.incomplete", true);
  if (message.refused_passwords > 0) name_number("bacnet.refused_passwords", message.refused_passwords, sink);
  if (!message.layout) return;
  Names names(message, sink);
  walk(*message.layout, message.apdu->body, names, message.partial);
  if (!message.is(Kind::unconfirmed_request) || *message.apdu->service != i_am || !message.is_first_hand()) return;
  Introduction introduction(sink);
  walk(*message.layout, message.apdu->body, introduction);
}

}  // namespace greywatch::agent::bacnet
