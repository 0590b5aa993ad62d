#include "agent/dissect/iec104/element.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>

namespace greywatch::agent::iec104 {
namespace {

using enum Kind;

// IEC 60870-5-101:2003, 7.2.6.1 to 7.2.6.4: process information with quality.
constexpr Part siq[] = {{"iec104.siq.spi", 0, 1, flag},
                        {"iec104.siq.bl", 4, 1, flag},
                        {"iec104.siq.sb", 5, 1, flag},
                        {"iec104.siq.nt", 6, 1, flag},
                        {"iec104.siq.iv", 7, 1, flag}};
constexpr Part diq[] = {{"iec104.diq.dpi", 0, 2, unsigned_number},
                        {"iec104.diq.bl", 4, 1, flag},
                        {"iec104.diq.sb", 5, 1, flag},
                        {"iec104.diq.nt", 6, 1, flag},
                        {"iec104.diq.iv", 7, 1, flag}};
constexpr Part qds[] = {{"iec104.qds.ov", 0, 1, flag},
                        {"iec104.qds.bl", 4, 1, flag},
                        {"iec104.qds.sb", 5, 1, flag},
                        {"iec104.qds.nt", 6, 1, flag},
                        {"iec104.qds.iv", 7, 1, flag}};
constexpr Part qdp[] = {{"iec104.qdp.ei", 3, 1, flag},
                        {"iec104.qdp.bl", 4, 1, flag},
                        {"iec104.qdp.sb", 5, 1, flag},
                        {"iec104.qdp.nt", 6, 1, flag},
                        {"iec104.qdp.iv", 7, 1, flag}};
// 7.2.6.5 to 7.2.6.9, 7.2.6.13: values.
constexpr Part vti[] = {{"iec104.vti.value", 0, 7, signed_number}, {"iec104.vti.transient", 7, 1, flag}};
constexpr Part nva[] = {{"iec104.nva", 0, 16, normalized}};
constexpr Part sva[] = {{"iec104.sva", 0, 16, signed_number}};
constexpr Part flt[] = {{"iec104.float", 0, 32, ieee754}};
constexpr Part bsi[] = {{"iec104.bsi", 0, 32, unsigned_number}};
constexpr Part bcr[] = {{"iec104.bcr.counter", 0, 32, signed_number},
                        {"iec104.bcr.sequence", 32, 5, unsigned_number},
                        {"iec104.bcr.cy", 37, 1, flag},
                        {"iec104.bcr.ca", 38, 1, flag},
                        {"iec104.bcr.iv", 39, 1, flag}};
// 7.2.6.10 to 7.2.6.12: protection equipment.
constexpr Part sep[] = {{"iec104.sep.es", 0, 2, unsigned_number},
                        {"iec104.sep.ei", 3, 1, flag},
                        {"iec104.sep.bl", 4, 1, flag},
                        {"iec104.sep.sb", 5, 1, flag},
                        {"iec104.sep.nt", 6, 1, flag},
                        {"iec104.sep.iv", 7, 1, flag}};
constexpr Part spe[] = {{"iec104.spe.gs", 0, 1, flag},  {"iec104.spe.sl1", 1, 1, flag}, {"iec104.spe.sl2", 2, 1, flag},
                        {"iec104.spe.sl3", 3, 1, flag}, {"iec104.spe.sie", 4, 1, flag}, {"iec104.spe.srd", 5, 1, flag}};
constexpr Part oci[] = {{"iec104.oci.gc", 0, 1, flag},
                        {"iec104.oci.cl1", 1, 1, flag},
                        {"iec104.oci.cl2", 2, 1, flag},
                        {"iec104.oci.cl3", 3, 1, flag}};
// 7.2.6.40: status and change detection.
constexpr Part scd[] = {{"iec104.scd.st", 0, 16, unsigned_number}, {"iec104.scd.cd", 16, 16, unsigned_number}};
// 7.2.6.15 to 7.2.6.17, 7.2.6.39: commands with their qualifier (7.2.6.26), set points.
constexpr Part sco[] = {
    {"iec104.sco.scs", 0, 1, flag}, {"iec104.sco.qu", 2, 5, unsigned_number}, {"iec104.sco.se", 7, 1, flag}};
constexpr Part dco[] = {
    {"iec104.dco.dcs", 0, 2, unsigned_number}, {"iec104.dco.qu", 2, 5, unsigned_number}, {"iec104.dco.se", 7, 1, flag}};
constexpr Part rco[] = {
    {"iec104.rco.rcs", 0, 2, unsigned_number}, {"iec104.rco.qu", 2, 5, unsigned_number}, {"iec104.rco.se", 7, 1, flag}};
constexpr Part qos[] = {{"iec104.qos.ql", 0, 7, unsigned_number}, {"iec104.qos.se", 7, 1, flag}};
// 7.2.6.21 to 7.2.6.27, 7.2.6.14; TSC from IEC 60870-5-104:2006, 8.8.
constexpr Part qoi[] = {{"iec104.qoi", 0, 8, unsigned_number}};
constexpr Part qcc[] = {{"iec104.qcc.rqt", 0, 6, unsigned_number}, {"iec104.qcc.frz", 6, 2, unsigned_number}};
constexpr Part qrp[] = {{"iec104.qrp", 0, 8, unsigned_number}};
constexpr Part qpm[] = {
    {"iec104.qpm.kpa", 0, 6, unsigned_number}, {"iec104.qpm.lpc", 6, 1, flag}, {"iec104.qpm.pop", 7, 1, flag}};
constexpr Part qpa[] = {{"iec104.qpa", 0, 8, unsigned_number}};
constexpr Part coi[] = {{"iec104.coi.cause", 0, 7, unsigned_number}, {"iec104.coi.after_parameter_change", 7, 1, flag}};
constexpr Part fbp[] = {{"iec104.fbp", 0, 16, unsigned_number}};
constexpr Part tsc[] = {{"iec104.tsc", 0, 16, unsigned_number}};
// 7.2.6.18 to 7.2.6.20: binary times.
constexpr Part cp16[] = {{"iec104.cp16time2a", 0, 16, unsigned_number}};
constexpr Part cp24[] = {{"iec104.cp24time2a.milliseconds", 0, 16, unsigned_number},
                         {"iec104.cp24time2a.minutes", 16, 6, unsigned_number},
                         {"iec104.cp24time2a.iv", 23, 1, flag}};
constexpr Part cp56[] = {{"iec104.cp56time2a.milliseconds", 0, 16, unsigned_number},
                         {"iec104.cp56time2a.minutes", 16, 6, unsigned_number},
                         {"iec104.cp56time2a.gen", 22, 1, flag},
                         {"iec104.cp56time2a.iv", 23, 1, flag},
                         {"iec104.cp56time2a.hours", 24, 5, unsigned_number},
                         {"iec104.cp56time2a.su", 31, 1, flag},
                         {"iec104.cp56time2a.day_of_month", 32, 5, unsigned_number},
                         {"iec104.cp56time2a.day_of_week", 37, 3, unsigned_number},
                         {"iec104.cp56time2a.month", 40, 4, unsigned_number},
                         {"iec104.cp56time2a.year", 48, 7, unsigned_number}};
// 7.2.6.28 to 7.2.6.38: files.
constexpr Part nof[] = {{"iec104.nof", 0, 16, unsigned_number}};
constexpr Part nos[] = {{"iec104.nos", 0, 8, unsigned_number}};
constexpr Part lof[] = {{"iec104.lof", 0, 24, unsigned_number}};
constexpr Part los[] = {{"iec104.los", 0, 8, unsigned_number}};
constexpr Part chs[] = {{"iec104.chs", 0, 8, unsigned_number}};
constexpr Part frq[] = {{"iec104.frq.qualifier", 0, 7, unsigned_number}, {"iec104.frq.negative", 7, 1, flag}};
constexpr Part srq[] = {{"iec104.srq.qualifier", 0, 7, unsigned_number}, {"iec104.srq.not_ready", 7, 1, flag}};
constexpr Part scq[] = {{"iec104.scq.qualifier", 0, 4, unsigned_number}, {"iec104.scq.error", 4, 4, unsigned_number}};
constexpr Part lsq[] = {{"iec104.lsq", 0, 8, unsigned_number}};
constexpr Part afq[] = {{"iec104.afq.qualifier", 0, 4, unsigned_number}, {"iec104.afq.error", 4, 4, unsigned_number}};
constexpr Part sof[] = {{"iec104.sof.status", 0, 5, unsigned_number},
                        {"iec104.sof.lfd", 5, 1, flag},
                        {"iec104.sof.for", 6, 1, flag},
                        {"iec104.sof.fa", 7, 1, flag}};

constexpr ElementRow rows[] = {
    {Element::none, {}},   {Element::siq, siq},   {Element::diq, diq},       {Element::vti, vti},
    {Element::qds, qds},   {Element::bsi, bsi},   {Element::nva, nva},       {Element::sva, sva},
    {Element::flt, flt},   {Element::bcr, bcr},   {Element::sep, sep},       {Element::spe, spe},
    {Element::oci, oci},   {Element::qdp, qdp},   {Element::scd, scd},       {Element::sco, sco},
    {Element::dco, dco},   {Element::rco, rco},   {Element::qos, qos},       {Element::qoi, qoi},
    {Element::qcc, qcc},   {Element::qrp, qrp},   {Element::qpm, qpm},       {Element::qpa, qpa},
    {Element::coi, coi},   {Element::fbp, fbp},   {Element::tsc, tsc},       {Element::cp16, cp16},
    {Element::cp24, cp24}, {Element::cp56, cp56}, {Element::cp56_start, {}}, {Element::cp56_stop, {}},
    {Element::nof, nof},   {Element::nos, nos},   {Element::lof, lof},       {Element::los, los},
    {Element::chs, chs},   {Element::frq, frq},   {Element::srq, srq},       {Element::scq, scq},
    {Element::lsq, lsq},   {Element::afq, afq},   {Element::sof, sof},       {Element::segment, {}},
};

constexpr bool in_order() {
  for (std::size_t at = 0; at < std::size(rows); ++at) {
    if (static_cast<std::size_t>(rows[at].element) != at) return false;
  }
  return true;
}
static_assert(in_order(), "rows are looked up by their element's number");

std::uint64_t bits(Part const& part, std::uint64_t element) {
  return element >> part.first & ((std::uint64_t{1} << part.bits) - 1);
}

std::int64_t signed_bits(Part const& part, std::uint64_t element) {
  auto const unused = 64 - part.bits;
  return static_cast<std::int64_t>(bits(part, element) << unused) >> unused;
}

void digits(char* at, unsigned value, int count) {
  for (int n = count; n-- > 0; value /= 10) at[n] = static_cast<char>('0' + value % 10);
}

void describe_time(std::string_view name, std::uint64_t instant, FieldSink& sink) {
  char text[24];
  if (to_text(instant, text)) sink.field(name, std::string_view(text, sizeof text));
}

}  // namespace

ElementRow const& row(Element element) { return rows[static_cast<std::size_t>(element)]; }

std::uint64_t little_endian(Bytes octets) {
  std::uint64_t value = 0;
  for (std::size_t n = std::min<std::size_t>(octets.size(), 8); n-- > 0;) value = value << 8 | octets[n];
  return value;
}

double number(Part const& part, std::uint64_t element) {
  switch (part.kind) {
    case Kind::flag:
    case Kind::unsigned_number:
      return static_cast<double>(bits(part, element));
    case Kind::signed_number:
      return static_cast<double>(signed_bits(part, element));
    case Kind::normalized:
      return static_cast<double>(signed_bits(part, element)) / 32768;
    case Kind::ieee754:
      return std::bit_cast<float>(static_cast<std::uint32_t>(bits(part, element)));
  }
  return 0;
}

bool to_text(std::uint64_t instant, char (&out)[24]) {
  auto const at = [&](std::size_t part) { return static_cast<unsigned>(bits(cp56[part], instant)); };
  auto const milliseconds = at(0), minutes = at(1), hours = at(4), day = at(6), month = at(8), year = at(9);
  // Two digits of the year: 70 to 99 are of the last century, as IEC 60870-5-4 leaves the century open.
  auto const full_year = static_cast<int>(year) + (year < 70 ? 2000 : 1900);
  std::chrono::year_month_day const date{std::chrono::year(full_year), std::chrono::month(month),
                                         std::chrono::day(day)};
  if (milliseconds > 59999 || minutes > 59 || hours > 23 || !date.ok()) return false;
  std::string_view const form = "0000-00-00T00:00:00.000Z";
  std::copy(form.begin(), form.end(), out);
  digits(out, static_cast<unsigned>(full_year), 4);
  digits(out + 5, month, 2);
  digits(out + 8, day, 2);
  digits(out + 11, hours, 2);
  digits(out + 14, minutes, 2);
  digits(out + 17, milliseconds / 1000, 2);
  digits(out + 20, milliseconds % 1000, 3);
  return true;
}

void describe(Element element, Bytes octets, FieldSink& sink) {
  auto const raw = little_endian(octets);
  for (auto const& part : row(element).parts) {
    switch (part.kind) {
      case Kind::flag:
        sink.field(part.name, bits(part, raw) != 0);
        break;
      case Kind::unsigned_number:
        sink.field(part.name, bits(part, raw));
        break;
      case Kind::signed_number:
        sink.field(part.name, signed_bits(part, raw));
        break;
      case Kind::normalized:
      case Kind::ieee754:
        sink.field(part.name, number(part, raw));
        break;
    }
  }
  switch (element) {
    case Element::cp56:
      describe_time("iec104.cp56time2a.time", raw, sink);
      break;
    case Element::cp56_start:
      describe_time("iec104.range_start", raw, sink);
      break;
    case Element::cp56_stop:
      describe_time("iec104.range_stop", raw, sink);
      break;
    default:
      break;
  }
}

}  // namespace greywatch::agent::iec104
