#include "agent/dissect/s7comm/reading.hpp"

#include "agent/dissect/s7comm/tables.hpp"
#include "agent/dissect/s7comm/user_data.hpp"

namespace greywatch::agent::s7comm {
namespace {

constexpr std::uint32_t user_data_code = 0x700, plus_code = 0x720000;

/// Of the data items of an answer: the first return code that is not success, else success where there is one.
Status items_status(Pdu const& pdu, unsigned count, Emitter& emitter) {
  Reader in(pdu.data);
  bool const writes = pdu.function == static_cast<std::uint8_t>(Function::write_variable);
  for (unsigned i = 0; i < count && in.left() > 0; ++i) {
    auto const code = writes ? in.u8() : read_data_item(in, i + 1 == count).head.return_code;
    if (!known_return(code)) emitter.unknown("return_code", code);
    if (code != 0xFF) return return_status(code);
  }
  return Status::ok;
}

Status status_of(Pdu const& pdu, Emitter& emitter) {
  auto const& header = pdu.header;
  auto const error = static_cast<std::uint16_t>(header.error_class << 8 | header.error_code);
  if (error != 0) return error_status(error);
  bool const variables = pdu.function == static_cast<std::uint8_t>(Function::read_variable) ||
                         pdu.function == static_cast<std::uint8_t>(Function::write_variable);
  if (variables && pdu.parameter.size() >= 2) return items_status(pdu, pdu.parameter[1], emitter);
  return Status::ok;
}

/// Where the service cannot be told: the names of those with a password have these in them.
bool may_be_secret(std::string_view parameters) { return parameters.contains("PWD") || parameters.contains("LOGIN"); }

Subject subject_of_job(Pdu const& pdu) {
  auto const function = static_cast<Function>(*pdu.function);
  Reader in(pdu.parameter);
  in.skip(1);
  switch (function) {
    case Function::read_variable:
    case Function::write_variable: {
      auto const variables = in.u8();
      if (variables == 0) return {};
      auto subject = subject_of(read_item(in, true));
      subject.variables = variables;
      return in ? subject : Subject{};
    }
    case Function::request_download:
    case Function::download_block:
    case Function::download_ended:
    case Function::start_upload: {
      auto const said = read_transfer(in, *pdu.function, true);
      auto const name = read_block_name(said.file_name);
      return in && name ? subject_of(*name) : Subject{};
    }
    case Function::program_invocation:
    case Function::stop: {
      auto const said = read_invocation(in, *pdu.function);
      return in ? subject_of(said) : Subject{};
    }
    default:
      return {};
  }
}

/// The first value that a job writes.
std::optional<double> written(Pdu const& pdu, Subject const& subject) {
  if (pdu.function != static_cast<std::uint8_t>(Function::write_variable)) return std::nullopt;
  Reader data(pdu.data);
  auto const item = read_data_item(data, true);
  return data ? value_of(item, subject.size) : std::nullopt;
}

Operation operation_of(std::uint8_t function, std::uint16_t service, Emitter& emitter) {
  auto const operation = function_operation(function);
  if (!operation) emitter.unknown("function", function);
  auto const* const invoked = service_of(service);
  if (static_cast<Function>(function) == Function::program_invocation && invoked) return invoked->operation;
  return operation.value_or(Operation::other);
}

}  // namespace

void Reading::pdu() {
  auto const& header = said_.pdu->header;
  if (!said_.pdu->malformed && session_.pdu_length != 0 && header.whole() > session_.pdu_length) {
    violations_.add({"s7comm.pdu.longer_than_negotiated", "s7comm.pdu_length", session_.pdu_length,
                     static_cast<std::int64_t>(header.whole())});
  }
  if (said_.pdu->user_data)
    user_data();
  else if (header.acknowledges())
    acknowledgement();
  else if (said_.pdu->function)
    job();
}

void Reading::plus() {
  auto const& plus = *said_.plus;
  observation_.code = plus_code + plus.function;
  auto const operation = plus_operation(plus.function);
  observation_.operation = operation.value_or(Operation::other);
  switch (plus.opcode) {
    case plus_request:
      break;
    case plus_response:
      observation_.role = Role::response;
      break;
    case plus_notification:
      observation_.role = Role::unsolicited;
      observation_.operation = Operation::report;
      break;
    default:
      observation_.role = observation_.way == Direction::to_server ? Role::request : Role::response;
      return;
  }
  if (!operation && plus.opcode != plus_notification) emitter_.unknown("plus.function", plus.function);
}

void Reading::job() {
  auto const& pdu = *said_.pdu;
  said_.subject = subject_of_job(pdu);
  auto const function = static_cast<Function>(*pdu.function);
  bool const invokes = function == Function::program_invocation || function == Function::stop;
  if (invokes) {
    Reader in(pdu.parameter);
    in.skip(1);
    auto const* const service = find_service(read_invocation(in, *pdu.function).service);
    if (in && service == nullptr) emitter_.unknown("service", 0);
    said_.secret = service == nullptr ? may_be_secret(as_text(pdu.parameter)) : service->secret;
  }
  observation_.code = *pdu.function;
  observation_.operation = operation_of(*pdu.function, invokes ? said_.subject.db : 0, emitter_);
  observation_.value = written(pdu, said_.subject);
  session_.ask({.reference = pdu.header.reference,
                .function = *pdu.function,
                .from_client = from_client(),
                .subject = said_.subject});
}

void Reading::acknowledgement() {
  auto const& pdu = *said_.pdu;
  auto const asked = from_client() ? Direction::to_client : Direction::to_server;
  bool const complete = session_.complete(asked);
  auto const answered = session_.answer(pdu.header.reference, false, observation_.way);
  auto const function = pdu.function ? *pdu.function : answered ? answered->function : std::uint8_t{0};
  observation_.role = Role::response;
  observation_.code = function;
  if (answered) said_.subject = answered->subject;
  auto const service = said_.subject.kind == Subject::Kind::service ? said_.subject.db : std::uint16_t{0};
  observation_.operation = operation_of(function, service, emitter_);
  if (pdu.malformed) return;
  observation_.status = status_of(pdu, emitter_);
  if (!answered) {
    if (complete) violations_.add({"s7comm.response.unsolicited", "s7comm.pdu_reference", 0, pdu.header.reference});
    return;
  }
  compare(pdu, *answered);
  if (function == static_cast<std::uint8_t>(Function::setup_communication) && pdu.parameter.size() == 8)
    session_.pdu_length = static_cast<std::uint16_t>(pdu.parameter[6] << 8 | pdu.parameter[7]);
}

void Reading::compare(Pdu const& pdu, Pending const& asked) {
  if (!pdu.function) return;
  if (*pdu.function != asked.function) {
    violations_.add({"s7comm.response.function_mismatch", "s7comm.function", asked.function, *pdu.function});
    return;
  }
  bool const fine = pdu.header.error_class == 0 && pdu.header.error_code == 0;
  auto const variables = asked.subject.variables;
  if (fine && variables != 0 && pdu.parameter.size() >= 2 && pdu.parameter[1] != variables)
    violations_.add({"s7comm.response.count_mismatch", "s7comm.item_count", variables, pdu.parameter[1]});
}

void Reading::user_data() {
  constexpr std::uint8_t push = 0, request = 4, response = 8;
  auto const& pdu = *said_.pdu;
  auto const& asked = *pdu.user_data;
  observation_.code = user_data_code + asked.group;
  // The mode that a CPU tells of is a value, not a function.
  bool const mode = static_cast<Group>(asked.group) == Group::mode_transition;
  observation_.subcode = mode ? 0 : asked.subfunction;
  auto const operation = userdata_operation(asked.group, asked.subfunction);
  if (!operation) emitter_.unknown("userdata.subfunction", asked.group * 256u + asked.subfunction);
  observation_.operation = operation.value_or(Operation::other);
  said_.secret = static_cast<Group>(asked.group) == Group::security;
  observation_.role = asked.type == request    ? Role::request
                      : asked.type == response ? Role::response
                                               : Role::unsolicited;
  if (asked.type == push && observation_.operation == Operation::read) observation_.operation = Operation::report;
  if (pdu.data.size() >= data_head_octets) said_.content = pdu.data.subspan(data_head_octets);
  if (asked.type == request) {
    said_.subject = subject_of(pdu);
    session_.ask({.reference = pdu.header.reference,
                  .function = asked.group,
                  .user_data = true,
                  .from_client = from_client(),
                  .subject = said_.subject});
  }
  if (asked.type != response) return;
  if (auto const answered = session_.answer(pdu.header.reference, true, observation_.way))
    said_.subject = answered->subject;
  if (pdu.malformed) return;
  observation_.status = asked.error != 0 ? error_status(asked.error) : data_status(pdu);
  join(asked);
}

Status Reading::data_status(Pdu const& pdu) {
  if (pdu.data.empty()) return Status::ok;
  auto const code = pdu.data[0];
  if (!known_return(code)) emitter_.unknown("return_code", code);
  // Without an error, an answer that has no data says that its object does not exist.
  bool const no_data = code == 0x0A && pdu.data.size() == data_head_octets;
  return no_data ? Status::ok : return_status(code);
}

/// Long answers come in several messages of one data unit: its parts are kept until the last one came.
void Reading::join(UserData const& part) {
  auto& unit = session_.data_unit[static_cast<std::size_t>(observation_.way)];
  auto const number = static_cast<std::uint16_t>(part.data_unit == 0 ? 0 : part.data_unit + 1);
  bool const goes_on = unit != 0 && unit == number;
  unit = 0;
  said_.content_whole = number == 0;
  // Nothing to join, or a part whose first ones were not seen.
  if (!goes_on && !part.more_follows) return;
  if (!goes_on) emitter_.drop();
  if (number == 0 || !emitter_.keep(said_.content)) return;
  said_.content_whole = !part.more_follows;
  said_.content = emitter_.kept();
  if (part.more_follows) unit = number;
  drop_after_ = !part.more_follows;
}

}  // namespace greywatch::agent::s7comm
