#include "agent/dissect/rpc/message.hpp"

#include "agent/dissect/text/text.hpp"

namespace greywatch::agent::rpc {
namespace {

struct FaultStatus {
  std::uint32_t code;
  std::string_view name;
  Status status;
};
/// C706, appendix E; MS-ERREF, 2.2, where Windows has its own.
constexpr FaultStatus faults[] = {
    {0x00000005, "access_denied", Status::refused},
    {0x000006a6, "invalid_binding", Status::failed},
    {0x000006d1, "procedure_number_out_of_range", Status::unsupported},
    {0x000006f7, "bad_stub_data", Status::failed},
    {0x00000721, "security_package_error", Status::refused},
    {0x1c000001, "nca_s_fault_int_div_by_zero", Status::failed},
    {0x1c000002, "nca_s_fault_addr_error", Status::failed},
    {0x1c000009, "nca_s_fault_invalid_tag", Status::failed},
    {0x1c00000a, "nca_s_fault_invalid_bound", Status::failed},
    {0x1c00000b, "nca_s_rpc_version_mismatch", Status::unsupported},
    {0x1c00000c, "nca_s_unspec_reject", Status::refused},
    {0x1c00000d, "nca_s_fault_cancel", Status::failed},
    {0x1c000010, "nca_s_fault_ill_inst", Status::failed},
    {0x1c00001a, "nca_s_fault_context_mismatch", Status::failed},
    {0x1c00001b, "nca_s_fault_remote_no_memory", Status::failed},
    {0x1c00001c, "nca_s_invalid_pres_context_id", Status::failed},
    {0x1c00001d, "nca_s_unsupported_authn_level", Status::refused},
    {0x1c010002, "nca_s_op_rng_error", Status::unsupported},
    {0x1c010003, "nca_s_unk_if", Status::unknown_object},
    {0x1c010006, "nca_s_wrong_boot_time", Status::failed},
    {0x1c010009, "nca_s_you_crashed", Status::failed},
    {0x1c01000b, "nca_s_proto_error", Status::failed},
    {0x1c010013, "nca_s_out_args_too_big", Status::failed},
    {0x1c010014, "nca_s_server_too_busy", Status::failed},
    {0x1c010017, "nca_s_unsupported_type", Status::unsupported},
};

FaultStatus const* find_fault(std::uint32_t status) {
  for (auto const& each : faults)
    if (each.code == status) return &each;
  return nullptr;
}

void say(std::string_view name, Uuid const& uuid, FieldSink& sink) { sink.field(name, uuid_text(uuid).view()); }

void describe_contexts(Pdu const& pdu, FieldSink& sink) {
  sink.field("dcerpc.max_xmit_frag", std::uint64_t{pdu.most_sent});
  sink.field("dcerpc.max_recv_frag", std::uint64_t{pdu.most_received});
  sink.field("dcerpc.assoc_group_id", std::uint64_t{pdu.group});
  sink.field("dcerpc.n_context_elem", std::uint64_t{pdu.items});
  Contexts contexts(pdu);
  while (auto const context = contexts.next()) {
    sink.field("dcerpc.p_cont_id", std::uint64_t{context->id});
    say("dcerpc.abstract_syntax", context->interface.uuid, sink);
    sink.field("dcerpc.interface_version", std::uint64_t{context->interface.version & 0xffff});
    sink.field("dcerpc.interface_version_minor", std::uint64_t{context->interface.version >> 16});
    Reader in(context->offered);
    for (unsigned at = 0; at < context->transfers; ++at) {
      say("dcerpc.transfer_syntax", read_uuid(in, pdu.header.order), sink);
      sink.field("dcerpc.transfer_syntax_version", std::uint64_t{pdu.header.order.u32(in)});
    }
  }
}

void describe_results(Pdu const& pdu, FieldSink& sink) {
  sink.field("dcerpc.max_xmit_frag", std::uint64_t{pdu.most_sent});
  sink.field("dcerpc.max_recv_frag", std::uint64_t{pdu.most_received});
  sink.field("dcerpc.assoc_group_id", std::uint64_t{pdu.group});
  auto const address = text::up_to_nul(as_text(pdu.secondary_address));
  if (!address.empty()) sink.field("dcerpc.sec_addr", address);
  sink.field("dcerpc.n_results", std::uint64_t{pdu.items});
  Reader in(pdu.list);
  for (unsigned at = 0; at < pdu.items; ++at) {
    auto const result = pdu.header.order.u16(in), reason = pdu.header.order.u16(in);
    auto const syntax = read_uuid(in, pdu.header.order);
    auto const version = pdu.header.order.u32(in);
    if (!in) return;
    sink.field("dcerpc.result", std::uint64_t{result});
    // Of what was accepted it says nothing; of bind time features what was agreed on. MS-RPCE, 2.2.2.4
    if (result == 1 || result == 2) sink.field("dcerpc.reason", std::uint64_t{reason});
    say("dcerpc.accepted_syntax", syntax, sink);
    sink.field("dcerpc.accepted_syntax_version", std::uint64_t{version});
  }
}

void describe_status(std::uint32_t status, FieldSink& sink) {
  sink.field("dcerpc.status", std::uint64_t{status});
  if (auto const name = status_name(status); !name.empty()) sink.field("dcerpc.status_name", name);
}

void describe(Pdu const& pdu, std::optional<std::uint16_t> opnum, FieldSink& sink) {
  auto const& header = pdu.header;
  sink.field("dcerpc.version", std::uint64_t{header.version});
  sink.field("dcerpc.version_minor", std::uint64_t{header.minor});
  sink.field("dcerpc.type", static_cast<std::uint64_t>(header.type));
  sink.field("dcerpc.pfc_flags", std::uint64_t{header.flags});
  sink.field("dcerpc.integer_order", std::uint64_t{static_cast<unsigned>(header.representation) >> 4});
  sink.field("dcerpc.frag_length", std::uint64_t{header.fragment_length});
  sink.field("dcerpc.auth_length", std::uint64_t{header.authentication_length});
  sink.field("dcerpc.call_id", std::uint64_t{header.call});
  if (!pdu.malformed) {
    if (pdu.is_bind()) describe_contexts(pdu, sink);
    if (pdu.is_bind_answer()) describe_results(pdu, sink);
    if (header.type == Type::bind_nak) sink.field("dcerpc.reject_reason", std::uint64_t{pdu.reject_reason});
    if (pdu.carries_call()) {
      sink.field("dcerpc.alloc_hint", std::uint64_t{pdu.allocation});
      sink.field("dcerpc.p_cont_id", std::uint64_t{pdu.context});
    }
    if (opnum) sink.field("dcerpc.opnum", std::uint64_t{*opnum});
    if (header.type == Type::response || header.type == Type::fault)
      sink.field("dcerpc.cancel_count", std::uint64_t{pdu.cancels});
    if (header.type == Type::fault) describe_status(pdu.status, sink);
    if (pdu.object) say("dcerpc.object", *pdu.object, sink);
  }
  if (!pdu.authentication) return;
  sink.field("dcerpc.auth_type", std::uint64_t{pdu.authentication->type});
  sink.field("dcerpc.auth_level", std::uint64_t{pdu.authentication->level});
  sink.field("dcerpc.auth_pad_length", std::uint64_t{pdu.authentication->padding});
  sink.field("dcerpc.auth_context_id", std::uint64_t{pdu.authentication->context});
}

void describe(Datagram const& said, FieldSink& sink) {
  sink.field("dcerpc.version", std::uint64_t{said.version});
  sink.field("dcerpc.type", static_cast<std::uint64_t>(said.type));
  sink.field("dcerpc.flags1", std::uint64_t{said.flags1});
  sink.field("dcerpc.flags2", std::uint64_t{said.flags2});
  sink.field("dcerpc.integer_order", std::uint64_t{static_cast<unsigned>(said.representation) >> 4});
  if (said.malformed && said.malformed->field == "header") return;
  sink.field("dcerpc.serial", std::uint64_t{said.serial});
  say("dcerpc.object", said.object, sink);
  say("dcerpc.if_id", said.interface, sink);
  say("dcerpc.act_id", said.activity, sink);
  sink.field("dcerpc.server_boot", std::uint64_t{said.server_boot});
  sink.field("dcerpc.if_vers", std::uint64_t{said.interface_version});
  sink.field("dcerpc.seqnum", std::uint64_t{said.sequence});
  sink.field("dcerpc.opnum", std::uint64_t{said.opnum});
  sink.field("dcerpc.ihint", std::uint64_t{said.interface_hint});
  sink.field("dcerpc.ahint", std::uint64_t{said.activity_hint});
  sink.field("dcerpc.length", std::uint64_t{said.length});
  sink.field("dcerpc.fragnum", std::uint64_t{said.fragment});
  sink.field("dcerpc.auth_proto", std::uint64_t{said.authentication});
  if (!said.malformed && (said.type == Type::fault || said.type == Type::reject)) describe_status(said.status, sink);
}

}  // namespace

std::string_view status_name(std::uint32_t status) {
  auto const* const fault = find_fault(status);
  return fault != nullptr ? fault->name : std::string_view{};
}

Status status_of(std::uint32_t status) {
  auto const* const fault = find_fault(status);
  return fault != nullptr ? fault->status : Status::failed;
}

Subject Message::subject() const {
  Subject text;
  if (interface != nullptr)
    text.put(interface->name);
  else if (stranger != nullptr)
    text.put(uuid_text(*stranger).view());
  if (!opnum) return text;
  if (!text.empty()) text.put('.');
  if (method != nullptr)
    text.put(method->name);
  else
    text.put_number(*opnum);
  return text;
}

void describe(void const* said, FieldSink& sink) {
  auto const& message = *static_cast<Message const*>(said);
  if (message.pdu != nullptr) describe(*message.pdu, message.opnum, sink);
  if (message.datagram != nullptr) describe(*message.datagram, sink);
  if (message.interface != nullptr) sink.field("dcerpc.interface", message.interface->name);
  if (message.stranger != nullptr) say("dcerpc.interface_uuid", *message.stranger, sink);
  if (message.method != nullptr) sink.field("dcerpc.operation", message.method->name);
}

}  // namespace greywatch::agent::rpc
