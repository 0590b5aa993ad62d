#include "common/pack/pack.hpp"

#include <fmt/format.h>

#include "common/pack/pack.pb.h"

namespace greywatch::pack {

namespace {

bool printable(std::string const& name) {
  if (name.empty() || name.size() > max_name_octets) return false;
  for (char const c : name)
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7E) return false;
  return true;
}

}  // namespace

Result<RulePack> parse(Bytes payload) {
  auto const bad = [](std::string_view field) { return fail({Defect::bad_value, 0, field}); };
  if (payload.size() > max_pack_octets) return fail({Defect::bad_length, 0, "pack"});
  wire::RulePack in;
  if (!in.ParseFromArray(payload.data(), static_cast<int>(payload.size()))) return bad("pack");
  if (in.version() == 0) return bad("pack.version");
  if (in.files_size() > static_cast<int>(max_files)) return bad("pack.files");
  RulePack out{.version = in.version(), .made = from_unix_ns(static_cast<std::int64_t>(in.made())), .files = {}};
  for (auto& file : *in.mutable_files()) {
    if (!printable(file.name())) return bad("file.name");
    out.files.push_back({std::move(*file.mutable_name()), std::move(*file.mutable_text())});
  }
  return out;
}

std::string serialize(RulePack const& pack) {
  wire::RulePack out;
  out.set_version(pack.version);
  out.set_made(static_cast<std::uint64_t>(unix_ns(pack.made)));
  for (auto const& file : pack.files) {
    auto& added = *out.add_files();
    added.set_name(file.name);
    added.set_text(file.text);
  }
  return out.SerializeAsString();
}

}  // namespace greywatch::pack
