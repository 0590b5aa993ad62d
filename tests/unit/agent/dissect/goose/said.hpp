#pragma once
#include "tests/support/exchange.hpp"
#include "tests/support/iec61850.hpp"

namespace greywatch::agent::goose {

/// A GOOSE PDU written element by element. IEC 61850-8-1:2011, annex A.
struct Said {
  std::string gocb_ref = "IED1LD0/LLN0$GO$trip", dat_set = "IED1LD0/LLN0$trips", go_id = "trip";
  std::uint64_t st_num = 5, sq_num = 7, conf_rev = 3, time_allowed_to_live = 2000;
  std::int64_t seconds = 1'795'737'600;
  std::string simulation = "00", data =
                                     "830100"
                                     "84030300"
                                     "00";
  std::uint64_t entries = 2;

  std::string apdu() const {
    using test::element, test::hex;
    return element(0x61, element(0x80, hex(gocb_ref)) + element(0x81, hex(time_allowed_to_live, 4)) +
                             element(0x82, hex(dat_set)) + element(0x83, hex(go_id)) +
                             element(0x84, hex(static_cast<std::uint64_t>(seconds), 4) + "80000008") +
                             element(0x85, hex(st_num, 5)) + element(0x86, hex(sq_num, 5)) + element(0x87, simulation) +
                             element(0x88, hex(conf_rev, 1)) + element(0x89, "00") + element(0x8A, hex(entries, 1)) +
                             element(0xAB, data));
  }
  std::string frame(unsigned reserved1 = 0) const { return test::published(apdu(), 0x3001, reserved1); }
};

}  // namespace greywatch::agent::goose
