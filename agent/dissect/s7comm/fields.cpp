#include "agent/dissect/s7comm/message.hpp"
#include "agent/dissect/s7comm/out.hpp"
#include "agent/dissect/s7comm/tables.hpp"
#include "agent/dissect/s7comm/user_data.hpp"
#include "agent/dissect/s7comm/variables.hpp"

namespace greywatch::agent::s7comm {
namespace {

void name_transport(osi::Cotp const& cotp, Out& out) {
  out.number("s7comm.cotp.pdu_type", cotp.code);
  if (cotp.kind() == osi::Tpdu::data) return;
  out.number("s7comm.cotp.destination_reference", cotp.destination);
  out.number("s7comm.cotp.source_reference", cotp.source);
  if (cotp.kind() == osi::Tpdu::disconnect_request) return out.number("s7comm.cotp.reason", cotp.reason);
  if (cotp.tpdu_size != 0) out.number("s7comm.cotp.tpdu_size", cotp.tpdu_size);
  out.opaque("s7comm.cotp.calling_tsap", cotp.calling_tsap);
  out.opaque("s7comm.cotp.called_tsap", cotp.called_tsap);
  // Two octets: what the partner is used as (1 programmer, 2 operator panel, 3 other), and its rack and slot.
  if (cotp.called_tsap.size() != 2) return;
  out.number("s7comm.cotp.called_rack", cotp.called_tsap[1] >> 5);
  out.number("s7comm.cotp.called_slot", cotp.called_tsap[1] & 31u);
}

void name_header(Header const& header, Out& out) {
  out.number("s7comm.rosctr", header.rosctr);
  out.number("s7comm.redundancy_identification", header.redundancy);
  out.number("s7comm.pdu_reference", header.reference);
  out.number("s7comm.parameter_length", header.parameter_length);
  out.number("s7comm.data_length", header.data_length);
  if (!header.acknowledges()) return;
  out.number("s7comm.error_class", header.error_class);
  out.number("s7comm.error_code", header.error_code);
  auto const both = static_cast<unsigned>(header.error_class << 8 | header.error_code);
  if (both != 0) out.number("s7comm.error", both);
}

void name_setup(Reader& in, Out& out) {
  in.skip(1);
  auto const calling = in.be16(), called = in.be16(), length = in.be16();
  if (!in) return;
  out.number("s7comm.max_amq_calling", calling);
  out.number("s7comm.max_amq_called", called);
  out.number("s7comm.pdu_length", length);
}

void name_block_data(Bytes data, Out& out) {
  Reader in(data);
  auto const length = in.be16();
  if (!in) return;
  out.number("s7comm.data.length", length);
  in.skip(2);
  out.opaque("s7comm.data.octets", in.take(length));
}

void name_transfer(Pdu const& pdu, Reader& in, Out& out) {
  auto const said = read_transfer(in, *pdu.function, pdu.header.kind() == Rosctr::job);
  if (!in) return;
  if (said.has_status) {
    out.flag("s7comm.block.more_follows", (said.status & 1) != 0);
    out.flag("s7comm.block.error", (said.status & 2) != 0);
  }
  if (said.has_error) out.number("s7comm.block.error_code", said.error);
  if (said.upload_id) out.number("s7comm.block.upload_id", *said.upload_id);
  out.text("s7comm.block.file_name", said.file_name);
  if (auto const name = read_block_name(said.file_name)) name_block(*name, out);
  out.text("s7comm.block.load_memory_length", said.load_memory_length);
  out.text("s7comm.block.code_length", said.code_length);
  out.text("s7comm.block.length", said.block_length);
  name_block_data(pdu.data, out);
}

void name_invocation(Message const& message, Reader& in, Out& out) {
  auto const said = read_invocation(in, *message.pdu->function);
  if (!in) return;
  out.text("s7comm.invocation.service", as_bytes(said.service));
  if (message.secret) return;
  if (lists_blocks(said)) {
    out.number("s7comm.invocation.blocks", said.arguments[0]);
    for (std::size_t at = 2; at + 8 <= said.arguments.size(); at += 8) {
      auto const file = said.arguments.subspan(at, 8);
      out.text("s7comm.block.file_name", file);
      if (auto const name = read_block_name(file)) name_block(*name, out);
    }
    return;
  }
  out.text("s7comm.invocation.argument", said.arguments);
}

void name_function(Message const& message, Out& out) {
  auto const& pdu = *message.pdu;
  if (!pdu.function) return;
  Reader in(pdu.parameter);
  out.number("s7comm.function", in.u8());
  bool const job = pdu.header.kind() == Rosctr::job;
  switch (static_cast<Function>(*pdu.function)) {
    case Function::setup_communication:
      name_setup(in, out);
      break;
    case Function::read_variable:
    case Function::write_variable:
      name_variables(pdu, out);
      break;
    case Function::request_download:
    case Function::download_block:
    case Function::download_ended:
    case Function::start_upload:
    case Function::upload:
    case Function::end_upload:
      name_transfer(pdu, in, out);
      break;
    case Function::program_invocation:
    case Function::stop:
      if (job) name_invocation(message, in, out);
      break;
    default:
      out.opaque("s7comm.parameter_octets", in.rest());
  }
}

void name_plus(Plus const& plus, Out& out) {
  out.number("s7comm.plus.version", plus.version);
  out.number("s7comm.plus.length", plus.length);
  out.flag("s7comm.plus.trailer", plus.has_trailer);
  out.opaque("s7comm.plus.digest", plus.digest);
  if (plus.opcode == 0) return;
  out.number("s7comm.plus.opcode", plus.opcode);
  if (plus.opcode == plus_notification) return out.number("s7comm.plus.subscription", plus.session);
  out.number("s7comm.plus.function", plus.function);
  out.number("s7comm.plus.sequence_number", plus.sequence);
  if (plus.opcode == plus_request) out.number("s7comm.plus.session_id", plus.session);
  out.number("s7comm.plus.transport_flags", plus.flags);
}

}  // namespace

void describe_object(void const* decoded, FieldSink& sink) {
  Name room;
  Out(sink).text("s7comm.object", as_bytes(name_of(*static_cast<Subject const*>(decoded), room)));
}

void describe(void const* decoded, FieldSink& sink) {
  auto const& message = *static_cast<Message const*>(decoded);
  Out out(sink);
  if (message.plus) return name_plus(*message.plus, out);
  if (!message.pdu) return name_transport(message.transport.cotp, out);
  auto const& pdu = *message.pdu;
  name_header(pdu.header, out);
  if (Name room; message.subject.kind != Subject::Kind::none)
    out.text("s7comm.object", as_bytes(name_of(message.subject, room)));
  if (pdu.user_data) return name_user_data(message, out);
  name_function(message, out);
}

}  // namespace greywatch::agent::s7comm
