#include "agent/dissect/bacnet/target.hpp"

#include <algorithm>

namespace greywatch::agent::bacnet {
namespace {

constexpr std::uint8_t write_property_multiple = 16;

void write_subject(Subject const& subject, Name& out) {
  if (!subject.has_object) return;
  write_object({subject.object}, out);
  if (!subject.has_property) return;
  out.put(' ');
  write_property(subject.property, out);
}

void aim(Observation& observation, Subject const& subject, Name const& name) {
  if (!subject.has_object) return;
  observation.target.object = subject.number();
  observation.target.count = std::max<std::uint16_t>(subject.count, 1);
  observation.target.name = name.view();
}

void describe_further(void const* subject, FieldSink& sink) {
  Name name;
  write_subject(*static_cast<Subject const*>(subject), name);
  sink.field("bacnet.target", name.view());
}

/// Each further property that WritePropertyMultiple writes is a write of its own: none hides behind the first one.
class Further final : public PartSink {
 public:
  Further(Observation const& first, Emitter& emitter) : first_(first), emitter_(emitter) {}

  void part(Part const& part, Value const& value) override {
    if (part.means == Means::object) {
      tell();
      subject_ = {.object = static_cast<std::uint32_t>(value.number()), .has_object = true};
    } else if (part.means == Means::property) {
      tell();
      subject_.property = static_cast<std::uint32_t>(value.number());
      subject_.has_property = true;
      value_.reset();
    } else if (part.means == Means::value && !value_) {
      value_ = value.as_double();
    }
  }

  void tell() {
    if (!subject_.has_property) return;
    if (told_++ > 0) {
      Name name;
      write_subject(subject_, name);
      auto observation = emitter_.begin();
      observation.operation = first_.operation;
      observation.code = first_.code;
      observation.target.unit = first_.target.unit;
      subject_.count = 1;
      aim(observation, subject_, name);
      observation.value = value_;
      observation.octets = first_.octets;
      observation.describe = describe_further;
      observation.message = &subject_;
      emitter_.emit(observation);
    }
    subject_.has_property = false;
  }

 private:
  Observation const& first_;
  Emitter& emitter_;
  Subject subject_;
  std::optional<double> value_;
  std::size_t told_ = 0;
};

}  // namespace

std::uint32_t unit_of(std::optional<Network::Place> const& place) {
  if (!place) return 0;
  std::uint32_t last = 0;
  for (auto octet : place->address.last(std::min<std::size_t>(place->address.size(), 2))) last = last << 8 | octet;
  return std::uint32_t{place->network} << 16 | last;
}

void tell(Message& message, Bytes octets, Observation& observation, Emitter& emitter) {
  Name name;
  write_subject(message.subject, name);
  aim(observation, message.subject, name);
  observation.octets = octets;
  if (message.malformed) {
    message.malformed->offset = std::min(message.malformed->offset, octets.size());
    observation.malformed = &*message.malformed;
    observation.status = Status::malformed;
  }
  observation.describe = describe;
  observation.message = &message;
  emitter.emit(observation);
  bool const several = message.is(Kind::confirmed_request) && *message.apdu->service == write_property_multiple &&
                       message.layout && message.subject.count > 1;
  if (!several || message.malformed) return;
  Further further(observation, emitter);
  walk(*message.layout, message.apdu->body, further, message.partial);
  further.tell();
}

}  // namespace greywatch::agent::bacnet
