#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "agent/dissect/iec61850/values.hpp"
#include "agent/observation.hpp"

namespace greywatch::agent::goose {

/// IECGoosePdu, [APPLICATION 1]. IEC 61850-8-1:2011, annex A. Borrows the octets.
struct Pdu {
  /// Its elements, which are context tags in this order.
  enum Tag : std::uint8_t {
    gocb_ref_tag,
    time_allowed_to_live_tag,
    dat_set_tag,
    go_id_tag,  ///< optional
    t_tag,
    st_num_tag,
    sq_num_tag,
    simulation_tag,  ///< FALSE where it is absent; edition 1 calls it test
    conf_rev_tag,
    nds_com_tag,  ///< FALSE where it is absent
    num_dat_set_entries_tag,
    all_data_tag,
    security_tag,  ///< optional
    tags,
  };

  std::string_view gocb_ref, dat_set, go_id;
  std::uint32_t time_allowed_to_live = 0;  ///< milliseconds
  iec61850::UtcTime t;
  std::uint32_t st_num = 0, sq_num = 0, conf_rev = 0, num_dat_set_entries = 0;
  bool simulation = false, nds_com = false;
  Bytes all_data, security;
  std::optional<std::uint32_t> unknown_data;  ///< a tag of Data that is in no table
  std::uint32_t present = 0;                  ///< a bit a Tag
  std::optional<Malformed> malformed;         ///< what was read before it, and behind what is missing, holds

  bool has(Tag tag) const { return (present >> tag & 1) != 0; }
};

inline constexpr std::uint32_t goose_pdu = 1;  ///< application tag

/// `contents` are those of the PDU; they begin `offset` octets into the message.
Pdu read_pdu(Bytes contents, std::size_t offset);

void describe(Pdu const& pdu, FieldSink& sink);

}  // namespace greywatch::agent::goose
