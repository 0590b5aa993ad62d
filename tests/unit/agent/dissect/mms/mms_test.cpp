#include "agent/dissect/mms/mms.hpp"

#include <catch2/catch.hpp>

#include "agent/dissect/mms/session.hpp"
#include "tests/support/exchange.hpp"
#include "tests/unit/agent/dissect/mms/iso.hpp"

namespace greywatch::agent::mms {
namespace {

using test::Exchange;
using test::octets;
using namespace test::iso;

std::string read_request(unsigned invoke_id, std::string const& object) {
  return request(invoke_id, ctx(4, ctx(1, ctx(0, variable(object)))));
}
std::string write_request(unsigned invoke_id, std::string const& object, std::string const& values) {
  return request(invoke_id, ctx(5, ctx(0, variable(object)) + ctx(0, values)));
}

/// A flow whose association began before the capture did.
struct Midway : Exchange {
  Midway() : Exchange(dissector, "mms.") { flow.midstream = true; }
};

/// AARQ with a password, in a CP-type in a CONNECT SPDU. X.225, 8.3.1; X.226, 8.2; X.227, 9.1.
std::string connect() {
  auto const initiate = ctx(8, prim(0, "00fde8") + prim(1, "05") + prim(2, "05") + prim(3, "0a") +
                                   ctx(4, prim(0, "01") + prim(1, "05f100") + prim(2, "03ee1c00000408000079ef18")));
  auto const aarq =
      tlv("60", ctx(1, "060528ca220203") + ctx(6, "060429018767") + ctx(7, "02010c") + prim(11, "520301") +
                    ctx(12, prim(0, ascii("hunter2"))) + ctx(30, tlv("28", "020103" + ctx(0, initiate))));
  auto const contexts = ctx(4, seq("020101"
                                   "060452010001" +
                                   seq("06025101")) +
                                   seq("020103"
                                       "060528ca220201" +
                                       seq("06025101")));
  auto const cp = tlv("31", ctx(0, prim(0, "01")) + ctx(2, prim(1, "00000001") + prim(2, "00000002") + contexts +
                                                               tlv("61", seq("020101" + ctx(0, aarq)))));
  return dt(spdu("0d",
                 "0506130100160102"
                 "14020002"
                 "33020001"
                 "34020002" +
                     spdu("c1", cp)));
}

TEST_CASE("an association tells titles, contexts and limits, and of a password only that there is one",
          "[dissect][mms]") {
  Exchange flow(dissector, "mms.");
  auto const said = flow.ask(connect());
  CHECK_FALSE(said.malformed);
  CHECK(said.operation == Operation::session);
  CHECK(said.role == Role::request);
  CHECK(said.code == 520);
  CHECK(said.fields["session.calling_selector"] == "0001");
  CHECK(said.fields["presentation.abstract_syntax"] == "2.2.1.0.1 1.0.9506.2.1");
  CHECK(said.fields["acse.context_name"] == "1.0.9506.2.3");
  CHECK(said.fields["acse.calling_ap_title"] == "1.1.1.999");
  CHECK(said.fields["acse.calling_ae_qualifier"] == "12");
  CHECK(said.fields["acse.mechanism_name"] == "2.2.3.1");
  CHECK(said.fields["acse.authentication"] == "charstring");
  CHECK(said.fields["acse.authentication_octets"] == "7");
  CHECK(said.fields["proposed_max_serv_outstanding_calling"] == "5");
  CHECK(said.fields["local_detail_calling"] == "65000");
  for (auto const& [name, value] : said.fields.all) {
    CHECK(value.find("hunter2") == std::string::npos);
    CHECK(value.find(ascii("hunter2")) == std::string::npos);
  }
}

TEST_CASE("an association that is refused for its authentication is told", "[dissect][mms]") {
  Exchange flow(dissector, "mms.");
  auto const refuse = [](std::string const& diagnostic) {
    auto const aare = tlv("61", ctx(1, "060528ca220203") + ctx(2, "020101") + ctx(3, ctx(1, "0201" + diagnostic)));
    auto const cpr = tlv("30", tlv("61", seq("020101" + ctx(0, aare))));
    return dt(spdu("0c", "110101" + spdu("32", "02" + cpr)));
  };
  auto const said = flow.answer(refuse("0d"));
  CHECK(said.status == Status::refused);
  CHECK(said.code == 769);
  CHECK(said.fields["acse.diagnostic"] == "13");
  CHECK(said.rules() == "mms.association.authentication_failed");
  CHECK(flow.answer(refuse("02")).rules().empty());
}

TEST_CASE("transport and session alone are of the session", "[dissect][mms]") {
  Exchange flow(dissector, "mms.");
  auto const asked = flow.ask(tpkt("11e00000000100c0010dc2020001c1020002"));
  CHECK(asked.operation == Operation::session);
  CHECK(asked.code == 1294);
  CHECK(asked.fields["cotp.calling_tsap"] == "0002");
  CHECK(flow.answer(tpkt("11d00001000200c0010dc2020001c1020002")).status == Status::ok);
  CHECK(flow.answer(tpkt("06800001000203")).status == Status::refused);
  auto const release = flow.ask(dt("0910c10e" + tlv("61", seq("020101" + ctx(0, tlv("62", prim(0, "00")))))));
  CHECK(release.code == 770);
  CHECK(release.fields["acse.reason"] == "0");
  CHECK(flow.ask(dt("1903110102")).role == Role::unsolicited);
}

TEST_CASE("a read is answered with a value, and the answer has the request's object", "[dissect][mms]") {
  Midway flow;
  auto const asked = flow.ask(read_request(7, in_domain("IED1LD0", "MMXU1$MX$TotW")));
  CHECK(asked.operation == Operation::read);
  CHECK(asked.role == Role::request);
  CHECK(asked.code == 4);
  CHECK(asked.target.count == 1);
  CHECK(asked.fields["service"] == "read");
  CHECK(asked.fields["domain_id"] == "IED1LD0");
  CHECK(asked.fields["item_id"] == "MMXU1$MX$TotW");
  auto const told = flow.answer(
      response(7, ctx(4, ctx(1, ctx(2, prim(7, "0842484000") + prim(4, "030000") + prim(17, "65d6628b5374bc0a"))))));
  CHECK(told.role == Role::response);
  CHECK(told.status == Status::ok);
  CHECK(told.target.object == asked.target.object);
  CHECK(told.target.count == 1);
  CHECK(told.fields["data.floating_point"] == "50.062500");
  CHECK(told.fields["data.bit_string"] == "0000");
  CHECK(told.fields["data.utc_time"] == "2024-02-21T20:52:27.325999975Z");
  CHECK(told.fields["data.utc_time_quality"] == "10");
}

TEST_CASE("the target of a message has the domain in front of the item", "[dissect][mms]") {
  Midway flow;
  CHECK(flow.ask(read_request(1, in_domain("IED1LD0", "LLN0$ST$Mod"))).target.name == "IED1LD0/LLN0$ST$Mod");
  CHECK(flow.ask(read_request(2, prim(0, ascii("Next_DSTransfer_Set")))).target.name == "Next_DSTransfer_Set");
  auto const longest = flow.ask(read_request(3, in_domain(std::string(120, 'd'), std::string(120, 'i'))));
  CHECK(longest.target.name.size() == 200);
}

TEST_CASE("failures become outcomes: all of a read, any of a write", "[dissect][mms]") {
  Midway flow;
  auto const object = in_domain("LD", "X");
  flow.ask(read_request(1, object));
  auto const unknown = flow.answer(response(1, ctx(4, ctx(1, prim(0, "0a")))));
  CHECK(unknown.status == Status::unknown_object);
  CHECK(unknown.subcode == 4106);
  flow.ask(read_request(2, object));
  CHECK(flow.answer(response(2, ctx(4, ctx(1, prim(0, "0a") + prim(5, "01"))))).status == Status::ok);
  flow.ask(write_request(3, object, prim(5, "07")));
  auto const denied = flow.answer(response(3, ctx(5, prim(1, "") + prim(0, "03"))));
  CHECK(denied.status == Status::refused);
  CHECK(denied.operation == Operation::write);
  flow.ask(read_request(4, object));
  CHECK(flow.answer(response(4, ctx(4, ctx(1, prim(0, "3f"))))).status == Status::failed);
  CHECK(flow.unknowns["data_access_error"] == std::vector<std::uint32_t>{63});
}

TEST_CASE("a service error and a reject end a request", "[dissect][mms]") {
  Midway flow;
  auto const asked = flow.ask(request(1, prim(36, ascii("PROG"))));
  CHECK(asked.operation == Operation::program);
  auto const failed = flow.answer(say(ctx(2, prim(0, "01") + ctx(2, ctx(0, prim(7, "02"))))));
  CHECK(failed.operation == Operation::program);
  CHECK(failed.code == 36);
  CHECK(failed.status == Status::unknown_object);
  CHECK(failed.target.object == asked.target.object);
  CHECK(failed.subcode == 7 * 256 + 2);
  CHECK(failed.fields["error_class"] == "7");
  CHECK(failed.fields["error.access"] == "2");
  flow.ask(request(2, prim(2, "")));
  auto const rejected = flow.answer(say(ctx(4, prim(0, "02") + prim(1, "01"))));
  CHECK(rejected.status == Status::unsupported);
  CHECK(rejected.code == 2);
  CHECK(rejected.operation == Operation::diagnose);
}

TEST_CASE("controls of IEC 61850 are told as what they ask", "[dissect][mms]") {
  Midway flow;
  auto const origin = ctx(2, prim(5, "02") + prim(9, ascii("hmi")));
  auto const body =
      ctx(2, prim(3, "01") + origin + prim(6, "05") + prim(17, "65d6628b0000000a") + prim(3, "00") + prim(4, "06c0"));
  auto const selected = flow.ask(write_request(1, in_domain("LD", "CSWI1$CO$Pos$SBOw"), body));
  CHECK(selected.operation == Operation::select);
  CHECK(flow.answer(response(1, ctx(5, prim(1, "")))).operation == Operation::select);
  auto const operated = flow.ask(write_request(2, in_domain("LD", "CSWI1$CO$Pos$Oper"), body));
  CHECK(operated.operation == Operation::control);
  CHECK(operated.value == 1);
  CHECK(operated.fields["control.service"] == "Oper");
  CHECK(operated.fields["control.or_cat"] == "2");
  CHECK(operated.fields["control.or_ident"] == ascii("hmi"));
  CHECK(operated.fields["control.ctl_num"] == "5");
  CHECK(operated.fields["control.test"] == "false");
  CHECK(operated.fields["control.synchrocheck"] == "true");
  CHECK(operated.fields["control.t"] == "2024-02-21T20:52:27.000000000Z");
  auto const refused = flow.answer(response(2, ctx(5, prim(0, "03"))));
  CHECK(refused.operation == Operation::control);
  CHECK(refused.status == Status::refused);
  auto const analog = ctx(2, ctx(2, prim(7, "0841280000")) + prim(17, "65d6628b0000000a") + origin + prim(6, "06"));
  CHECK(flow.ask(write_request(3, in_domain("LD", "ATCC1$CO$Pos$Oper"), analog)).value == 10.5);
  CHECK(flow.ask(write_request(4, in_domain("LD", "CSWI1$CO$Pos$Cancel"), body)).operation == Operation::control);
  CHECK(flow.ask(read_request(5, in_domain("LD", "CSWI1$CO$Pos$SBO"))).operation == Operation::select);
  CHECK(flow.answer(response(5, ctx(4, ctx(1, prim(10, ""))))).status == Status::refused);
  CHECK(flow.ask(read_request(6, in_domain("LD", "CSWI1$CO$Pos$Oper"))).operation == Operation::read);
}

TEST_CASE("a control does not hide behind other objects of a write", "[dissect][mms]") {
  Midway flow;
  auto const body = ctx(2, prim(3, "01") + ctx(2, prim(5, "03") + prim(9, "")) + prim(6, "05"));
  auto const said = flow.ask(request(
      1, ctx(5, ctx(0, variable(in_domain("LD", "LLN0$BR$rcb$GI")) + variable(in_domain("LD", "CSWI1$CO$Pos$Oper"))) +
                    ctx(0, prim(3, "00") + body))));
  CHECK(said.operation == Operation::control);
  CHECK(said.value == 1);
  CHECK(said.target.count == 2);
  CHECK(said.fields["control.or_cat"] == "3");
}

TEST_CASE("settings are configuration, set points and report control blocks are writes", "[dissect][mms]") {
  Midway flow;
  auto const write = [&](std::string const& item) {
    return flow.ask(write_request(1, in_domain("LD", item), prim(6, "02"))).operation;
  };
  CHECK(write("LLN0$SP$SGCB$ActSG") == Operation::configure);
  CHECK(write("PTOC1$SE$StrVal$setMag$f") == Operation::configure);
  CHECK(write("MMXU1$CF$TotW$db") == Operation::configure);
  CHECK(write("GGIO1$SP$Value$setVal") == Operation::write);
  CHECK(write("LLN0$BR$brcb01$RptEna") == Operation::write);
  CHECK(write("GGIO1$CO$SPCSO1") == Operation::control);
  CHECK(write("no dollar") == Operation::write);
}

TEST_CASE("a report is read by its options", "[dissect][mms]") {
  Midway flow;
  auto const body = prim(10, ascii("LD/LLN0$BR$rcb")) + prim(4, "067fc0") + prim(6, "11") + prim(12, "02b32c953a98") +
                    prim(10, ascii("LD/LLN0$ds")) + prim(3, "00") + prim(9, "000000000000002a") + prim(6, "03") +
                    prim(6, "00") + prim(3, "01") + prim(4, "05a0") + prim(10, ascii("LD/A")) +
                    prim(10, ascii("LD/B")) + prim(5, "07") + prim(5, "08") + prim(4, "0240") + prim(4, "0208");
  auto const said = flow.answer(say(ctx(3, ctx(0, ctx(1, prim(0, ascii("RPT"))) + ctx(0, body)))));
  CHECK_FALSE(said.malformed);
  CHECK(said.operation == Operation::report);
  CHECK(said.role == Role::unsolicited);
  CHECK(said.code == 256);
  CHECK(said.target.count == 1);
  CHECK(said.fields["report.rpt_id"] == "LD/LLN0$BR$rcb");
  CHECK(said.fields["report.sq_num"] == "17");
  CHECK(said.fields["report.time_of_entry"] == "2025-01-25T12:34:56.789000000Z");
  CHECK(said.fields["report.dat_set"] == "LD/LLN0$ds");
  CHECK(said.fields["report.buf_ovfl"] == "false");
  CHECK(said.fields["report.entry_id"] == "000000000000002a");
  CHECK(said.fields["report.conf_rev"] == "3");
  CHECK(said.fields["report.more_segments_follow"] == "true");
  CHECK(said.fields["report.included"] == "2");
  CHECK(said.fields["report.data_reference"] == "LD/A LD/B");
  CHECK(said.fields["report.reason"] == "data_change integrity");
  CHECK(said.fields["data.integer"] == "7 8");
}

TEST_CASE("a refused control and the end of one are told by the server itself", "[dissect][mms]") {
  Midway flow;
  auto const origin = ctx(2, prim(5, "03") + prim(9, "01"));
  auto const error =
      ctx(2, prim(10, ascii("LD/CSWI1$CO$Pos$Oper")) + prim(5, "02") + origin + prim(6, "05") + prim(5, "0a"));
  auto const refused =
      flow.answer(say(ctx(3, ctx(0, ctx(0, variable(prim(0, ascii("LastApplError")))) + ctx(0, error)))));
  CHECK(refused.operation == Operation::control);
  CHECK(refused.status == Status::refused);
  CHECK(refused.fields["last_appl_error.cntrl_obj"] == "LD/CSWI1$CO$Pos$Oper");
  CHECK(refused.fields["last_appl_error.add_cause"] == "10");
  auto const body = ctx(2, prim(3, "01") + origin + prim(6, "05") + prim(3, "00"));
  auto const ended =
      flow.answer(say(ctx(3, ctx(0, ctx(0, variable(in_domain("LD", "CSWI1$CO$Pos$Oper"))) + ctx(0, body)))));
  CHECK(ended.operation == Operation::control);
  CHECK(ended.role == Role::unsolicited);
  CHECK(ended.status == Status::ok);
  CHECK(ended.fields["control.ctl_num"] == "5");
}

TEST_CASE("TASE.2 is known by its names: devices are selected, operated, tagged and set", "[dissect][mms]") {
  Midway flow;
  auto const device = [](std::string const& item) { return in_domain("ICC1", item); };
  CHECK(flow.ask(write_request(1, device("Breaker_7"), prim(5, "01"))).operation == Operation::write);
  auto const table = flow.ask(read_request(2, device("Bilateral_Table_ID")));
  CHECK(table.operation == Operation::read);
  CHECK(table.fields["tase2.object"] == "bilateral_table");
  CHECK(flow.ask(read_request(3, device("Breaker_7_SBO"))).operation == Operation::select);
  auto const operated = flow.ask(write_request(4, device("Breaker_7"), prim(5, "01")));
  CHECK(operated.operation == Operation::control);
  CHECK(operated.fields["tase2.action"] == "operate");
  CHECK(operated.value == 1);
  CHECK(flow.ask(write_request(5, device("Transformer_1"), prim(5, "01"))).fields["tase2.action"] == "operate");
  CHECK(flow.ask(write_request(5, device("Gen_1"), prim(7, "0842c80000"))).fields["tase2.action"] == "set_point");
  CHECK(flow.ask(write_request(6, device("Breaker_7_TAG"), ctx(2, prim(5, "02")))).fields["tase2.action"] == "tag");
  auto const set = flow.ask(write_request(7, device("DSTrans1"), ctx(2, prim(5, "02"))));
  CHECK(set.operation == Operation::write);
  CHECK(set.fields["tase2.action"] == "transfer_set");
  auto const reported =
      flow.answer(say(ctx(3, ctx(0, ctx(0, variable(device("Transfer_Set_Name")) + variable(device("Load"))) +
                                        ctx(0, prim(10, "") + prim(5, "07"))))));
  CHECK(reported.operation == Operation::report);
  CHECK(reported.fields["tase2.object"] == "transfer_set");
}

TEST_CASE("identify tells vendor, model and revision", "[dissect][mms]") {
  Midway flow;
  CHECK(flow.ask(request(1, prim(2, ""))).operation == Operation::diagnose);
  auto const told =
      flow.answer(response(1, ctx(2, prim(0, ascii("ACME")) + prim(1, ascii("R-7")) + prim(2, ascii("4.2")))));
  CHECK(told.operation == Operation::diagnose);
  CHECK(told.fields["vendor_name"] == "ACME");
  CHECK(told.fields["model_name"] == "R-7");
  CHECK(told.fields["revision"] == "4.2");
}

TEST_CASE("files, programs and names are told as what they are", "[dissect][mms]") {
  Midway flow;
  auto const opened = flow.ask(request(1, ctx(72, ctx(0, tlv("19", ascii("fault.cfg"))) + prim(1, "00"))));
  CHECK(opened.operation == Operation::file);
  CHECK(opened.fields["file_name"] == "fault.cfg");
  CHECK(flow.answer(response(1, ctx(72, prim(0, "09") + ctx(1, prim(0, "01e240"))))).fields["size_of_file"] ==
        "123456");
  CHECK(flow.ask(request(2, ctx(40, prim(0, ascii("PI"))))).operation == Operation::control);
  CHECK(flow.ask(request(3, ctx(26, prim(0, ascii("PROG")) + ctx(1, "") + prim(2, "00")))).operation ==
        Operation::program);
  auto const names = flow.ask(request(4, ctx(1, ctx(0, prim(0, "09")) + ctx(1, prim(0, "")))));
  CHECK(names.operation == Operation::read);
  CHECK(names.subcode == 9);
  auto const list = flow.answer(response(4, ctx(1, ctx(0, visible("A") + visible("B")) + prim(1, "00"))));
  CHECK(list.fields["identifier"] == "A B");
  CHECK(list.fields["more_follows"] == "false");
}

TEST_CASE("what no table knows is kept raw and counted", "[dissect][mms]") {
  Midway flow;
  auto const beyond = flow.ask(request(1, ctx(94, "")));
  CHECK(beyond.code == 94);
  CHECK(beyond.operation == Operation::other);
  CHECK(flow.unknowns["service"] == std::vector<std::uint32_t>{94});
  CHECK(flow.ask(request(2, ctx(78, ctx(0, "")))).operation == Operation::control);
  CHECK(flow.ask(request(3, ctx(78, ctx(30, "")))).operation == Operation::other);
  CHECK(flow.unknowns["additional_service"] == std::vector<std::uint32_t>{30});
  flow.ask(say(ctx(20, "")));
  CHECK(flow.unknowns["pdu"] == std::vector<std::uint32_t>{20});
  CHECK_FALSE(flow.ask(request(4, ctx(41, prim(0, ascii("PI")) + prim(9, "00")))).malformed);
  CHECK(flow.unknowns["element"] == std::vector<std::uint32_t>{9});
}

TEST_CASE("a response to another service, or to nothing, is told", "[dissect][mms]") {
  Midway flow;
  CHECK(flow.answer(response(9, prim(36, ""))).rules().empty());  // its request may have been before the capture
  flow.ask(request(1, prim(2, "")));
  CHECK(flow.answer(response(1, ctx(5, prim(1, "")))).rules() == "mms.response.service_mismatch");
  flow.ask(request(2, prim(2, "")));
  CHECK(flow.answer(response(2, ctx(2, ""))).rules().empty());
  CHECK(flow.answer(response(2, ctx(2, ""))).rules() == "mms.response.unsolicited");
  flow.lose(Direction::to_server);
  CHECK(flow.answer(response(3, ctx(2, ""))).rules().empty());
}

TEST_CASE("more requests than are remembered make no response unsolicited", "[dissect][mms]") {
  Midway flow;
  flow.ask(request(100, prim(2, "")));
  flow.answer(response(100, ctx(2, "")));
  for (unsigned id = 0; id < Session::most_asked + 4; ++id) flow.ask(request(id, prim(2, "")));
  for (unsigned id = Session::most_asked + 4; id-- > 0;) CHECK(flow.answer(response(id, ctx(2, ""))).rules().empty());
  CHECK(flow.answer(response(99, ctx(2, ""))).rules() == "mms.response.unsolicited");
}

TEST_CASE("a request on a connection that was never initiated is told once", "[dissect][mms]") {
  Exchange flow(dissector, "mms.");
  CHECK(flow.ask(request(1, prim(2, ""))).rules() == "mms.session.request_before_initiate");
  CHECK(flow.ask(request(2, prim(2, ""))).rules().empty());
  Exchange proper(dissector, "mms.");
  proper.ask(connect());
  CHECK(proper.ask(request(1, prim(2, ""))).rules().empty());
}

TEST_CASE("MMS on transport directly, and in several pieces, is read", "[dissect][mms]") {
  Midway flow;
  auto const pdu = ctx(0, "020101" + prim(2, ""));
  CHECK(flow.ask(dt(pdu)).operation == Operation::diagnose);
  auto const tsdu = data(pdu);
  auto const pieces = tpkt("02f000" + tsdu.substr(0, 10)) + tpkt("02f080" + tsdu.substr(10));
  auto const said = flow.ask(pieces);
  CHECK(said.operation == Operation::diagnose);
  CHECK(said.fields["cotp.pieces"] == "2");
}

TEST_CASE("lies of lengths and values are malformed at their place", "[dissect][mms]") {
  Midway flow;
  struct Lie {
    char const* what;
    std::string message;
    Defect defect;
  };
  std::string deep = prim(5, "01");
  for (int level = 0; level < 40; ++level) deep = ctx(2, deep);
  Lie const lies[] = {
      {"an SPDU longer than its TSDU", dt("0d50c100"), Defect::truncated},
      {"a parameter longer than its SPDU", dt("0d0333ff0001"), Defect::truncated},
      {"user data longer than the TSDU", dt("010001006150"), Defect::truncated},
      {"a PPDU of no kind", dt("01000100020100"), Defect::bad_value},
      {"no PDU in the PDV", dt(data("")), Defect::truncated},
      {"a PDU of another class", say("020100"), Defect::bad_value},
      {"no invoke identifier", say(ctx(0, prim(2, ""))), Defect::truncated},
      {"no service", say(ctx(0, "020101")), Defect::truncated},
      {"an error without reason", say(ctx(2, prim(0, "01"))), Defect::truncated},
      {"a boolean of two octets", request(1, prim(0, "0000")), Defect::bad_length},
      {"an empty integer", request(1, prim(73, "")), Defect::bad_length},
      {"a float of three octets", write_request(1, in_domain("LD", "X"), prim(7, "084248")), Defect::bad_length},
      {"an instant of four octets", write_request(1, in_domain("LD", "X"), prim(17, "65d6628b")), Defect::bad_length},
      {"a primitive structure", write_request(1, in_domain("LD", "X"), prim(2, "01")), Defect::bad_value},
      {"values nested too deep", write_request(1, in_domain("LD", "X"), deep), Defect::too_deep},
  };
  for (auto const& lie : lies) {
    INFO(lie.what);
    auto const said = flow.ask(lie.message);
    REQUIRE(said.malformed);
    CHECK(said.status == Status::malformed);
    CHECK(said.malformed->defect == lie.defect);
    CHECK(said.malformed->offset <= size(lie.message));
  }
}

TEST_CASE("every prefix of a message waits, and cut short it is refused or read", "[dissect][mms]") {
  Midway flow;
  auto const whole =
      octets(write_request(1, in_domain("LD", "CSWI1$CO$Pos$Oper"), ctx(2, prim(3, "01") + prim(6, "05"))));
  for (std::size_t length = 1; length < whole.size(); ++length) {
    auto const prefix = Bytes(whole).first(length);
    CHECK(dissector.frame(prefix).verdict == Frame::Verdict::more);
    CHECK(flow.say(prefix, Direction::to_server).malformed);
    CHECK(dissector.probe(prefix, Direction::to_server) != Likeness::no);
  }
}

TEST_CASE("the probe knows MMS by its content, midway too, and leaves others alone", "[dissect][mms]") {
  auto const probe = [](std::string const& hexadecimal) {
    auto const message = octets(hexadecimal);
    return dissector.probe(message, Direction::to_server);
  };
  CHECK(probe(connect()) == Likeness::certain);
  CHECK(probe(request(1, prim(2, ""))) == Likeness::certain);
  CHECK(probe(response(1, prim(36, ""))) == Likeness::certain);
  CHECK(probe(say(ctx(3, ctx(0, ctx(1, prim(0, ascii("RPT"))) + ctx(0, ""))))) == Likeness::certain);
  CHECK(probe(dt(ctx(0, "020101" + prim(2, "")))) == Likeness::certain);
  CHECK(probe(tpkt("11e00000000100c0010dc2020001c1020002")) == Likeness::more);
  CHECK(probe(tpkt("11d00001000200c0010dc2020001c1020002")) == Likeness::more);
  CHECK(probe(dt("")) == Likeness::more);
  CHECK(probe(dt("32010000000100080000f0000001000101e0")) == Likeness::no);  // S7comm
  CHECK(probe(dt("72010031")) == Likeness::no);                              // S7comm-plus
  CHECK(probe(dt("7f6582")) == Likeness::no);                                // T.125, remote desktop
  CHECK(probe(say(ctx(1,
                      "020101"
                      "020105"
                      "3000"))) == Likeness::no);  // ROSE: an operation, no service
  CHECK(probe("474554202f20485454502f312e310d0a") == Likeness::no);
}

}  // namespace
}  // namespace greywatch::agent::mms
