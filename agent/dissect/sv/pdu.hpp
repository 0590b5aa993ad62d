#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "agent/dissect/asn1/ber.hpp"
#include "agent/dissect/iec61850/values.hpp"
#include "agent/observation.hpp"

namespace greywatch::agent::sv {

inline constexpr std::uint32_t sav_pdu = 0;  ///< application tag
inline constexpr std::uint32_t most_asdus =
    255;  ///< noASDU of IEC 61850-9-2:2011, 8.5.2 goes to 65535; 9-2LE has 1 or 8

/// One sample of a data set. IEC 61850-9-2:2011, 8.5.2, table 14; IEC 61869-9:2016. Borrows the octets.
struct Asdu {
  /// Its elements, which are context tags in this order.
  enum Tag : std::uint8_t {
    sv_id_tag,
    dat_set_tag,  ///< optional
    smp_cnt_tag,
    conf_rev_tag,
    refr_tm_tag,  ///< optional
    smp_synch_tag,
    smp_rate_tag,  ///< optional
    sample_tag,
    smp_mod_tag,      ///< optional
    gm_identity_tag,  ///< optional, edition 2.1
    tags,
  };

  std::string_view sv_id, dat_set;
  std::uint32_t smp_cnt = 0, conf_rev = 0;
  iec61850::UtcTime refr_tm;
  std::uint32_t smp_synch = 0;  ///< 0 none, 1 local, 2 global; 5 to 254 the domain of a grandmaster (61869-9)
  std::uint32_t smp_rate = 0, smp_mod = 0;
  Bytes sample;       ///< the data set, without tags
  Bytes gm_identity;  ///< eight octets
  std::uint16_t present = 0;
  std::optional<Malformed> malformed;

  bool has(Tag tag) const { return (present >> tag & 1) != 0; }
};
Asdu read_asdu(asn1::Element const& element);

/// SavPdu, [APPLICATION 0]. IEC 61850-9-2:2011, 8.5.2, table 13.
struct Pdu {
  std::uint32_t no_asdu = 0;
  Bytes security;  ///< optional, and in no edition defined
  Bytes asdus;     ///< the sequence of ASDUs
  std::size_t asdus_at = 0;
  bool has_no_asdu = false;
  Asdu first, last;          ///< the first one, and the last one of the same stream
  std::uint32_t own = 0;     ///< ASDUs of that stream
  bool own_in_order = true;  ///< their counts follow each other
  std::optional<Malformed> malformed;
};

/// `contents` are those of the PDU; they begin `offset` octets into the message.
Pdu read_pdu(Bytes contents, std::size_t offset);

/// Names the fields of every ASDU, up to what is malformed: lists, as far as there are several.
void describe(Pdu const& pdu, FieldSink& sink);

/// smpCnt goes on by one and begins anew at 0 with each second, or when the clock is set.
constexpr bool follows(std::uint32_t count, std::uint32_t before) { return count == before + 1 || count == 0; }

}  // namespace greywatch::agent::sv
