#include "agent/dissect/dnp3/dnp3.hpp"

#include <catch2/catch.hpp>

#include "agent/dissect/dnp3/link.hpp"
#include "agent/dissect/dnp3/object_type.hpp"
#include "tests/support/exchange.hpp"

namespace greywatch::agent::dnp3 {
namespace {

using test::Exchange;
using test::octets;

using Octets = std::vector<std::uint8_t>;

void put_crc(Octets& out, std::size_t from) {
  auto const sum = crc(Bytes(out).subspan(from));
  out.push_back(static_cast<std::uint8_t>(sum & 0xff));
  out.push_back(static_cast<std::uint8_t>(sum >> 8));
}

/// A link frame with its CRCs. Masters have address 1, outstations 1024.
Octets link_frame(std::uint8_t control, Octets const& data, std::uint16_t master = 1, std::uint16_t outstation = 1024) {
  auto const dir = (control & 0x80) != 0;
  auto const destination = dir ? outstation : master;
  auto const source = dir ? master : outstation;
  Octets out{0x05,
             0x64,
             static_cast<std::uint8_t>(5 + data.size()),
             control,
             static_cast<std::uint8_t>(destination & 0xff),
             static_cast<std::uint8_t>(destination >> 8),
             static_cast<std::uint8_t>(source & 0xff),
             static_cast<std::uint8_t>(source >> 8)};
  put_crc(out, 0);
  for (std::size_t at = 0; at < data.size(); at += data_block) {
    auto const from = out.size();
    out.insert(out.end(), data.begin() + static_cast<std::ptrdiff_t>(at),
               data.begin() + static_cast<std::ptrdiff_t>(std::min(data.size(), at + data_block)));
    put_crc(out, from);
  }
  return out;
}
/// A fragment in one segment.
Octets request(std::string_view hex) {
  auto data = octets(hex);
  data.insert(data.begin(), 0xc0);
  return link_frame(0xc4, data);
}
Octets response(std::string_view hex) {
  auto data = octets(hex);
  data.insert(data.begin(), 0xc0);
  return link_frame(0x44, data);
}

/// One connection; an outstation listens.
struct Link : Exchange {
  Link() : Exchange(over_tcp, "dnp3.") {}
  test::SaidMessage asks(std::string_view hex) { return say(request(hex), Direction::to_server); }
  test::SaidMessage tells(std::string_view hex) { return say(response(hex), Direction::to_client); }
};

constexpr auto crob = "0c 01 17 01 03 41 01 64000000 c8000000 00";

TEST_CASE("The CRC is that of the standard's own example") {
  // IEEE 1815-2012, annex E: the header of a RESET_LINK_STATES to 1 from 1024 ends with e9 21.
  CHECK(crc(octets("0564 05 c0 0100 0004")) == 0x21e9);
}

TEST_CASE("A master polls the classes, and is answered with what it asked") {
  Link flow;
  auto const asked = flow.asks("c3 01 3c0206 3c0306 3c0406 3c0106");
  CHECK(asked.operation == Operation::read);
  CHECK(asked.role == Role::request);
  CHECK(asked.code == 1);
  CHECK(asked.subcode == 0b1111);
  CHECK(asked.target.unit == 1024);
  CHECK(asked.target.object == pack(60, 2, 0));
  CHECK(asked.fields["link.destination"] == "1024");
  CHECK(asked.fields["function"] == "READ");
  CHECK(asked.fields["object"] == "15362 15363 15364 15361");
  // Binary inputs 0 to 9 packed, one 16-bit analog input with its flags, one event of a counter with its time.
  auto const told =
      flow.tells("c3 81 0200 0101 00 00 09 5502 1e02 00 02 02 01 f6ff 1605 28 0100 0700 81 05000000 00e87648 1701");
  CHECK_FALSE(told.malformed);
  CHECK(told.role == Role::response);
  CHECK(told.status == Status::ok);
  CHECK(told.operation == Operation::read);
  CHECK(told.code == 129);
  CHECK(told.subcode == 1);
  CHECK(told.target.object == pack(60, 2, 0));
  CHECK(told.fields["iin.class_1_events"] == "true");
  CHECK(told.fields["iin.device_restart"] == "false");
  CHECK(told.fields["bit"] == "true false true false true false true false false true");
  CHECK(told.fields["point_index"] == "0 1 2 3 4 5 6 7 8 9 2");
  CHECK(told.fields["analog_input.online"] == "true");
  CHECK(told.fields["analog_input.value"] == "-10");
  CHECK(told.fields["index"] == "7");
  CHECK(told.fields["counter.value"] == "5");
  CHECK(told.fields["counter.online"] == "true");
  CHECK(told.fields["time"] == "1199511627776");
  CHECK(told.rules().empty());
}

TEST_CASE("Select and operate name their point, and the outstation's status is the answer's") {
  Link flow;
  auto const selected = flow.asks(std::string("c1 03") + crob);
  CHECK(selected.operation == Operation::select);
  CHECK(selected.target.object == pack(12, 1, 3));
  CHECK(selected.target.count == 1);
  CHECK(selected.value == 0x41);
  CHECK(selected.fields["crob.op_type"] == "1");
  CHECK(selected.fields["crob.tcc"] == "1");
  CHECK(selected.fields["crob.on_time"] == "100");
  CHECK(selected.fields["crob.off_time"] == "200");
  CHECK(flow.tells(std::string("c1 81 0000") + crob).status == Status::ok);
  auto const operated = flow.asks(std::string("c2 04") + crob);
  CHECK(operated.operation == Operation::control);
  CHECK(operated.rules().empty());
  auto const refused = flow.tells("c2 81 0000 0c 01 17 01 03 41 01 64000000 c8000000 07");
  CHECK(refused.operation == Operation::control);
  CHECK(refused.status == Status::refused);
  CHECK(refused.fields["control_status"] == "7");
  // Repeated with its own number, as the standard has it after a lost response.
  CHECK(flow.asks(std::string("c2 04") + crob).rules().empty());
}

TEST_CASE("An operation without its selection, or not as selected, is told") {
  Link flow;
  flow.asks("c0 01 3c0206");
  CHECK(flow.asks(std::string("c1 04") + crob).rules() == "dnp3.operate.without_select");
  flow.asks(std::string("c2 03") + crob);
  CHECK(flow.asks("c3 04 0c 01 17 01 03 81 01 64000000 c8000000 00").rules() == "dnp3.operate.not_as_selected");
  flow.asks(std::string("c4 03") + crob);
  CHECK(flow.asks(std::string("c7 04") + crob).rules() == "dnp3.operate.not_as_selected");
  flow.asks(std::string("c8 03") + crob);
  flow.asks("c9 01 3c0206");
  CHECK(flow.asks(std::string("ca 04") + crob).rules() == "dnp3.operate.without_select");
  flow.lose(Direction::to_server);
  CHECK(flow.asks(std::string("cb 04") + crob).rules().empty());
}

TEST_CASE("Internal indications tell how a request ended") {
  Link flow;
  auto const status = [&](std::string const& indications) {
    flow.asks("c0 01 6e0006");
    return flow.tells("c0 81" + indications).status;
  };
  CHECK(status("0001") == Status::unsupported);
  CHECK(status("0002") == Status::unknown_object);
  CHECK(status("0004") == Status::refused);
  CHECK(status("0010") == Status::refused);
  CHECK(status("0008") == Status::ok);
}

TEST_CASE("Function codes are operations") {
  Link flow;
  CHECK(flow.asks("c0 0d").operation == Operation::control);
  CHECK(flow.asks("c0 15 3c0206").operation == Operation::configure);
  CHECK(flow.asks("c0 02 3201 07 01 00e876481701").operation == Operation::time);
  CHECK(flow.asks("c0 02 2201 00 00 00 0500").operation == Operation::configure);
  CHECK(flow.asks("c0 02 5001 00 07 07 00").operation == Operation::write);
  CHECK(flow.asks("c0 07 140006").operation == Operation::write);
  CHECK(flow.asks("c0 00").operation == Operation::session);
  CHECK(flow.asks("c0 12 5a01 5b 01 0300 616263").operation == Operation::control);
  CHECK(flow.asks("c0 20 7804 07 01 0100").operation == Operation::session);
  auto const unknown = flow.asks("c0 46 0102030405");
  CHECK(unknown.operation == Operation::other);
  CHECK(unknown.fields["opaque"] == "0102030405");
  CHECK(flow.unknowns["function_code"] == std::vector<std::uint32_t>{0x46});
}

TEST_CASE("Files are opened and read, and passwords stay where they are") {
  Link flow;
  auto const open =
      flow.asks("c0 19 4603 5b 01 1d00 1a00 0300 000000000000 ff01 00000000 00000000 0100 0004 0700 616263");
  CHECK(open.operation == Operation::file);
  CHECK(open.fields["file.name"] == "abc");
  CHECK(open.fields["file.max_block_size"] == "1024");
  CHECK(flow.tells("c0 81 0000 4604 5b 01 0d00 00000000 00000000 0000 0700 03").status == Status::unknown_object);
  auto const read = flow.asks("c1 01 4605 5b 01 0800 78563412 00000080");
  CHECK(read.operation == Operation::file);
  CHECK(read.fields["file.handle"] == "305419896");
  CHECK(read.fields["file.last_block"] == "true");
  auto const secret = flow.asks("c2 1d 4602 5b 01 1200 0c00 0300 0f00 0300 00000000 616263 646566");
  CHECK(secret.fields["file.credentials_octets"] == "6");
}

TEST_CASE("Device attributes tell what the outstation is; what a master writes is not told as its own") {
  Link flow;
  CHECK(flow.asks("c0 01 00fe 00 00 00").operation == Operation::diagnose);
  auto const told = flow.tells("c0 81 0000 00fc 00 00 00 01 04 41636d65 00f2 00 00 00 01 03 312e32");
  CHECK(told.operation == Operation::diagnose);
  CHECK(told.fields["attribute"] == "252 242");
  CHECK(told.fields["attribute.text"] == "Acme 1.2");
  auto const written = flow.asks("c1 02 00f7 00 00 00 01 02 4142");
  CHECK(written.operation == Operation::configure);
  CHECK(written.fields["attribute.text"].empty());
  CHECK(written.fields["attribute.written"] == "AB");
}

TEST_CASE("Secure authentication is seen as such") {
  Link flow;
  flow.asks(std::string("c1 05") + crob);
  auto const challenge = flow.tells("c1 83 0000 7801 5b 01 0c00 03000000 0100 04 01 73746576");
  CHECK(challenge.operation == Operation::session);
  CHECK(challenge.fields["authentication.sequence"] == "3");
  CHECK(challenge.fields["authentication.mac_algorithm"] == "4");
  CHECK(challenge.fields["authentication.data"] == "73746576");
  flow.asks("c1 20 7802 5b 01 0a00 03000000 0100 01020304");
  CHECK(flow.tells("c1 83 0000 7807 5b 01 0f00 03000000 0100 0000 01 000000000000").status == Status::refused);
}

TEST_CASE("A fragment in several frames is put together") {
  Link flow;
  flow.asks("c0 01 6e0a 06");
  auto first = octets("40 c0 81 0000 6e0a 00 00 00 30313233");
  auto last = octets("81 343536373839");
  auto const part = flow.say(link_frame(0x44, first), Direction::to_client);
  CHECK(part.code == link_code(0x44));
  CHECK(part.operation == Operation::session);
  auto const whole = flow.say(link_frame(0x44, last), Direction::to_client);
  CHECK(whole.code == 129);
  CHECK_FALSE(whole.malformed);
  CHECK(whole.fields["octet_string"] == "30313233343536373839");
  CHECK(whole.fields["transport.sequence"] == "1");
}

TEST_CASE("A segment out of turn completes nothing") {
  Link flow;
  flow.say(link_frame(0x44, octets("40 c0 81 0000 6e0a 00 00 00 30313233")), Direction::to_client);
  auto const astray = flow.say(link_frame(0x44, octets("82 343536373839")), Direction::to_client);
  CHECK(astray.code == link_code(0x44));
  CHECK(flow.deviations["segment_without_first"] == 1);
}

TEST_CASE("Frames of the link layer are read") {
  Link flow;
  auto const reset = flow.say(link_frame(0xc0, {}), Direction::to_server);
  CHECK(reset.operation == Operation::session);
  CHECK(reset.code == link_code(0xc0));
  CHECK(reset.fields["link.function"] == "RESET_LINK_STATES");
  auto const status = flow.say(link_frame(0x0b, {}), Direction::to_client);
  CHECK(status.role == Role::response);
  CHECK(status.fields["link.secondary_function_code"] == "11");
  flow.say(link_frame(0xc7, {}), Direction::to_server);
  CHECK(flow.unknowns["link_function_code"] == std::vector<std::uint32_t>{0x47});
}

TEST_CASE("A response that nobody asked for is told, unless requests were lost") {
  Link flow;
  CHECK(flow.tells("c7 81 0000").rules().empty());
  flow.asks("c0 01 3c0206");
  flow.tells("80 81 0000");
  CHECK(flow.tells("41 81 0000").rules().empty());
  CHECK(flow.tells("c7 81 0000").rules() == "dnp3.response.unasked");
  CHECK(flow.tells("f0 82 0000").rules().empty());
  flow.lose(Direction::to_server);
  CHECK(flow.tells("c7 81 0000").rules().empty());
}

TEST_CASE("Requests with one number at once are answered in turn") {
  Link flow;
  for (int n = 0; n < 2; ++n) flow.asks("c7 01 3c0206");
  for (int n = 0; n < 2; ++n) CHECK(flow.tells("c7 81 0000").rules().empty());
  CHECK(flow.tells("c7 81 0000").rules() == "dnp3.response.unasked");
}

TEST_CASE("An end that changes its role or its address is told") {
  Link flow;
  flow.asks("c0 01 3c0206");
  CHECK(flow.say(link_frame(0xc4, octets("c0 c1 01 3c0206"), 7), Direction::to_server).rules() ==
        "dnp3.link.source_changed");
  CHECK(flow.say(link_frame(0x44, octets("c0 c1 81 0000")), Direction::to_server)
            .rules()
            .starts_with("dnp3.link.role_changed"));
}

TEST_CASE("Indications that come up are told once; a restart only when nobody asked for it") {
  Link flow;
  flow.tells("f0 82 0000");
  CHECK(flow.tells("f1 82 8000").rules() == "dnp3.outstation.restarted");
  CHECK(flow.tells("f2 82 8000").rules().empty());
  CHECK(flow.tells("f3 82 c028").rules() ==
        "dnp3.outstation.trouble dnp3.outstation.events_lost dnp3.outstation.config_corrupt");
  flow.tells("f4 82 0000");
  flow.asks("c0 0d");
  CHECK(flow.tells("f5 82 8000").rules().empty());
}

TEST_CASE("A command to all outstations at once is told") {
  Link flow;
  CHECK(flow.say(link_frame(0xc4, octets("c0 c0 0e"), 1, 0xffff), Direction::to_server).rules() ==
        "dnp3.broadcast.control");
  CHECK(flow.say(link_frame(0xc4, octets("c0 c1 02 3201 07 01 00e876481701"), 1, 0xfffe), Direction::to_server)
            .rules()
            .empty());
}

TEST_CASE("Each lie of an object header is refused where it stands") {
  Link flow;
  auto const lie = [&](std::string const& hex, Defect defect, std::string_view field) {
    auto const said = flow.asks(hex);
    REQUIRE(said.malformed);
    CHECK(said.malformed->defect == defect);
    CHECK(said.malformed->field == field);
    CHECK(said.status == Status::malformed);
  };
  lie("c0 05 0c01 17", Defect::truncated, "range");
  lie("c0 05 0c01", Defect::truncated, "object_header");
  lie("c0 05 0c01 17 02 03 41 01 64000000 c8000000 00", Defect::truncated, "objects");
  lie("c0 01 1e02 00 05 04", Defect::bad_value, "range.stop");
  lie("c0 01 1e02 0a 05", Defect::bad_value, "qualifier");
  lie("c0 01 1e02 80 05 06", Defect::bad_value, "qualifier");
  lie("c0 01 1e02 70 05 06", Defect::bad_value, "qualifier");
  lie("c0 05 0c01 06 03 41 01 64000000 c8000000 00", Defect::bad_value, "qualifier");
  lie("c0 02 7000 01 0000 ffff", Defect::bad_value, "variation");
  lie("c0 19 4603 07 01 00", Defect::bad_value, "qualifier");
  lie("c0 19 4603 5b 01 0400 00000000", Defect::bad_length, "object_size");
  lie("c0 19 4603 5b 01 ff00 00000000", Defect::truncated, "objects");
  lie("c0", Defect::truncated, "application");
  // The offset is one of the frame: transport header, application header, group and variation, behind the link header.
  CHECK(flow.asks("c0 01 1e02 0a 05").malformed->offset == 10 + 1 + 2 + 2);
}

TEST_CASE("Objects without octets are not gone through, however many are claimed") {
  Link flow;
  CHECK(flow.asks("c0 19 4608 09 ffffffff 00").malformed);
  CHECK(flow.asks("c0 02 7000 02 00000000 ffffffff").malformed);
  CHECK_FALSE(flow.asks("c0 01 1e00 09 ffffffff").malformed);
  CHECK_FALSE(flow.tells("c0 81 0000 3c02 02 00000000 ffffffff").malformed);
}

TEST_CASE("Objects of an unknown type are kept as they are, and counted") {
  Link flow;
  auto const told = flow.tells("c0 81 0000 c801 07 02 0102030405");
  CHECK_FALSE(told.malformed);
  CHECK(told.fields["opaque"] == "0102030405");
  CHECK(flow.unknowns["object"] == std::vector<std::uint32_t>{200 * 256 + 1});
}

TEST_CASE("A block whose CRC is wrong is refused, a header whose CRC is wrong is no frame") {
  Link flow;
  auto frame_octets = request("c0 01 3c0206");
  frame_octets[12] ^= 1;
  auto const said = flow.say(frame_octets, Direction::to_server);
  REQUIRE(said.malformed);
  CHECK(said.malformed->defect == Defect::bad_checksum);
  frame_octets[4] ^= 1;
  CHECK(frame(frame_octets).verdict == Frame::Verdict::lost);
  CHECK(probe(frame_octets, Direction::to_server) == Likeness::no);
}

TEST_CASE("A datagram holds one frame or several") {
  Exchange flow(over_udp, "dnp3.");
  auto both = link_frame(0xc9, {});
  auto const second = request("c0 01 3c0206");
  both.insert(both.end(), second.begin(), second.end());
  auto const last = flow.say(both, Direction::to_server);
  CHECK(flow.emitted == 2);
  CHECK(last.code == 1);
  both.pop_back();
  CHECK(flow.say(both, Direction::to_server).malformed);
  CHECK(flow.emitted == 2);
}

TEST_CASE("Every prefix of a frame is waited for, and never claimed") {
  auto const whole = request("c3 01 3c0206 3c0306 3c0406 3c0106");
  CHECK(probe(whole, Direction::to_server) == Likeness::certain);
  CHECK(frame(whole).length == whole.size());
  Exchange datagrams(over_udp, "dnp3.");
  for (std::size_t length = 1; length < whole.size(); ++length) {
    auto const prefix = Bytes(whole).first(length);
    CHECK(frame(prefix).verdict == Frame::Verdict::more);
    CHECK(probe(prefix, Direction::to_server) <= Likeness::plausible);
    CHECK(datagrams.say(prefix, Direction::to_server).malformed);
  }
}

TEST_CASE("Every prefix of a fragment is read or refused") {
  auto const fragment =
      octets("c3 81 0200 0101 00 00 09 5502 1e02 00 02 02 01 f6ff 4604 5b 01 0d00 00000000 00000000 0000 0700 03");
  Link flow;
  for (std::size_t length = 0; length <= fragment.size(); ++length) {
    Octets data{0xc0};
    data.insert(data.end(), fragment.begin(), fragment.begin() + static_cast<std::ptrdiff_t>(length));
    auto const said = flow.say(link_frame(0x44, data), Direction::to_client);
    CHECK(flow.emitted == 1);
    CHECK((said.status == Status::malformed) == said.malformed.has_value());
  }
}

TEST_CASE("Every row of the table has what its layout needs") {
  for (auto const& type : object_types()) {
    CHECK(find_object_type(type.group, type.variation) == &type);
    CHECK((type.layout == Layout::elements) == (type.elements[0] != Element::none));
    for (std::size_t n = 0; n + 1 < type.elements.size(); ++n)
      if (octets(type.elements[n]) == 0) CHECK(type.elements[n + 1] == Element::none);
  }
  CHECK(find_object_type(30, 7) == nullptr);
  CHECK(find_object_type(99, 1) == nullptr);
  CHECK(find_object_type(110, 200)->layout == Layout::string);
}

}  // namespace
}  // namespace greywatch::agent::dnp3
