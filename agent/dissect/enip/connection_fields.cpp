#include "agent/dissect/enip/cip_fields.hpp"

/// Connection manager. CIP Networks Library volume 1, 3-5.5.
namespace greywatch::agent::enip {
namespace {

/// Who opened a connection: three numbers that name it.
void name_triad(Reader& in, Out& out) {
  auto const serial = in.le16(), vendor = in.le16();
  auto const originator = in.le32();
  if (!in) return;
  out.number("enip.cip.connection.serial_number", serial);
  out.number("enip.cip.connection.originator_vendor_id", vendor);
  out.number("enip.cip.connection.originator_serial_number", originator);
}

void name_timeout(Reader& in, Out& out) {
  auto const priority = in.u8(), ticks = in.u8();
  if (!in) return;
  out.number("enip.cip.connection.priority", priority >> 4 & 1u);
  out.number("enip.cip.connection.tick_time", priority & 15u);
  out.number("enip.cip.connection.timeout_ticks", ticks);
}

void name_forward_open(Reader& in, bool large, Out& out) {
  name_timeout(in, out);
  auto const to_target = in.le32(), to_originator = in.le32();
  if (!in) return;
  out.number("enip.cip.connection.to_target_id", to_target);
  out.number("enip.cip.connection.to_originator_id", to_originator);
  name_triad(in, out);
  auto const multiplier = in.u8();
  in.skip(3);
  auto const target_interval = in.le32();
  std::uint32_t const target_parameters = large ? in.le32() : in.le16();
  auto const originator_interval = in.le32();
  std::uint32_t const originator_parameters = large ? in.le32() : in.le16();
  auto const transport = in.u8(), words = in.u8();
  if (!in) return;
  out.number("enip.cip.connection.timeout_multiplier", multiplier);
  out.number("enip.cip.connection.to_target_rpi", target_interval);
  out.number("enip.cip.connection.to_target_parameters", target_parameters);
  out.number("enip.cip.connection.to_originator_rpi", originator_interval);
  out.number("enip.cip.connection.to_originator_parameters", originator_parameters);
  out.number("enip.cip.connection.transport", transport);
  out.number("enip.cip.connection.path_size", words);
  name_path(in.take(words * std::size_t{2}), out);
}

void name_application_reply(Reader& in, Out& out) {
  auto const words = in.u8();
  in.skip(1);
  if (!in) return;
  out.number("enip.cip.connection.application_reply_size", words);
}

void name_opened(Reader& in, Out& out) {
  auto const to_target = in.le32(), to_originator = in.le32();
  if (!in) return;
  out.number("enip.cip.connection.to_target_id", to_target);
  out.number("enip.cip.connection.to_originator_id", to_originator);
  name_triad(in, out);
  auto const target_interval = in.le32(), originator_interval = in.le32();
  if (!in) return;
  out.number("enip.cip.connection.to_target_api", target_interval);
  out.number("enip.cip.connection.to_originator_api", originator_interval);
  name_application_reply(in, out);
}

void name_refused(Reader& in, Out& out) {
  name_triad(in, out);
  if (in.left() == 0) return;
  out.number("enip.cip.connection.remaining_path_size", in.u8());
}

void name_close(Reader& in, Out& out) {
  name_timeout(in, out);
  name_triad(in, out);
  auto const words = in.u8();
  in.skip(1);
  if (!in) return;
  out.number("enip.cip.connection.path_size", words);
  name_path(in.take(words * std::size_t{2}), out);
}

void name_unconnected_send(Reader& in, Out& out, int depth) {
  Reader head = in;
  name_timeout(head, out);
  auto const size = head.le16();
  auto const said = read_unconnected_send(in);
  if (head) out.number("enip.cip.forwarded_size", size);
  if (said.request.empty()) return;
  if (depth < most_nested)
    name_cip(read_cip(said.request), std::nullopt, {}, out, depth + 1);
  else
    out.opaque("enip.cip.data", said.request);
  if (!in) return;
  out.number("enip.cip.route_path_size", said.route.size() / 2);
  name_path(said.route, out);
}

}  // namespace

bool name_connection(Cip const& cip, Out& out, int depth) {
  Reader in(cip.data);
  bool const refused = cip.response && cip.general_status != 0;
  switch (cip.service) {
    case forward_open:
    case large_forward_open:
      if (refused)
        name_refused(in, out);
      else if (cip.response)
        name_opened(in, out);
      else
        name_forward_open(in, cip.service == large_forward_open, out);
      return true;
    case forward_close:
      if (refused) {
        name_refused(in, out);
      } else if (cip.response) {
        name_triad(in, out);
        name_application_reply(in, out);
      } else {
        name_close(in, out);
      }
      return true;
    case unconnected_send:
      if (cip.response) {
        if (in.left() > 0) out.number("enip.cip.connection.remaining_path_size", in.u8());
        return true;
      }
      name_unconnected_send(in, out, depth);
      return true;
    default:
      return false;
  }
}

}  // namespace greywatch::agent::enip
