#include "agent/dissect/mms/tase2.hpp"

#include <algorithm>

namespace greywatch::agent::mms::tase2 {

namespace {

/// IEC 60870-6-802, the predefined names; from memory.
constexpr Object objects[] = {
    {"TASE2_Version", "version"},
    {"Supported_Features", "version"},
    {"Bilateral_Table_ID", "bilateral_table"},
    {"Next_DSTransfer_Set", "transfer_set"},
    {"Next_TSTransfer_Set", "transfer_set"},
    {"Transfer_Set_Name", "transfer_set"},
    {"Transfer_Set_Time_Stamp", "transfer_set"},
    {"DSConditions_Detected", "transfer_set"},
    {"TSConditions_Detected", "transfer_set"},
    {"Event_Code_Detected", "transfer_set"},
    {"Transfer_Report_ACK", "transfer_set"},
    {"Transfer_Report_NACK", "transfer_set"},
    {"Info_Mess_Header", "information_message"},
    {"IM_Transfer_Set", "information_message"},
};

/// How implementations name the transfer sets of data, time series, information messages and special transfers.
constexpr std::string_view transfer_sets[] = {"DSTrans", "TSTrans", "IMTrans", "STTrans", "Transfer_Set"};

bool is_transfer_set(std::string_view item) {
  return std::ranges::any_of(transfer_sets, [&](std::string_view front) { return item.starts_with(front); });
}

}  // namespace

Object const* find_object(std::string_view item) {
  for (auto const& object : objects)
    if (item == object.name) return &object;
  if (item.starts_with("Info_Buff_")) return &objects[12];
  return nullptr;
}

std::optional<Meaning> meaning_of(std::string_view item, bool write, bool plain_integer, bool plain_float) {
  if (item.ends_with("_SBO")) return Meaning{Operation::select, "select"};
  if (!write) return std::nullopt;
  if (item.ends_with("_TAG")) return Meaning{Operation::control, "tag"};
  if (find_object(item) != nullptr || is_transfer_set(item)) return Meaning{Operation::write, "transfer_set"};
  if (plain_float) return Meaning{Operation::control, "set_point"};
  if (plain_integer) return Meaning{Operation::control, "operate"};
  return std::nullopt;
}

}  // namespace greywatch::agent::mms::tase2
