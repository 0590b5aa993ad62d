#include "agent/dissect/enip/tables.hpp"

#include <algorithm>
#include <iterator>

namespace greywatch::agent::enip {
namespace {

/// Services of one class. Those of classes 0x64 and above are Rockwell's, from public analyses.
struct ClassService {
  std::uint16_t class_id;
  std::uint8_t service;
  Operation operation;
};
constexpr ClassService class_services[] = {
    {0x06, 0x4E, Operation::session},  // connection manager: Forward_Close
    {0x06, 0x52, Operation::session},  // Unconnected_Send, where what it sends is not read
    {0x06, 0x54, Operation::session},  // Forward_Open
    {0x06, 0x56, Operation::read},     // Get_Connection_Data
    {0x06, 0x57, Operation::read},     // Search_Connection_Data
    {0x06, 0x5A, Operation::read},     // Get_Connection_Owner
    {0x06, 0x5B, Operation::session},  // Large_Forward_Open
    {0x37, 0x4B, Operation::file},     // file: Initiate_Upload
    {0x37, 0x4C, Operation::program},  // Initiate_Download
    {0x37, 0x4D, Operation::file},     // Initiate_Partial_Read
    {0x37, 0x4E, Operation::program},  // Initiate_Partial_Write
    {0x37, 0x4F, Operation::file},     // Upload_Transfer
    {0x37, 0x50, Operation::program},  // Download_Transfer
    {0x37, 0x51, Operation::program},  // Clear_File
    {0x6A, 0x4F, Operation::file},     // text of programs: read a part
    {0x6A, 0x50, Operation::program},  // write a part
    {0x6B, 0x4C, Operation::read},     // symbol: Read_Tag
    {0x6B, 0x4D, Operation::write},    // Write_Tag
    {0x6B, 0x4E, Operation::write},    // Read_Modify_Write_Tag
    {0x6B, 0x52, Operation::read},     // Read_Tag_Fragmented
    {0x6B, 0x53, Operation::write},    // Write_Tag_Fragmented
    {0x6B, 0x55, Operation::read},     // Get_Instance_Attribute_List
    {0x6C, 0x4C, Operation::read},     // template: read
    {0x6C, 0x55, Operation::read},
    {0x72, 0x05, Operation::session},  // data by address, as engineering tools watch it: reset
    {0x72, 0x08, Operation::session},  // make a list to watch
    {0x72, 0x09, Operation::session},
    {0x72, 0x4B, Operation::session},  // add to it
    {0x72, 0x4C, Operation::read},     // read what is watched
    {0x74, 0x4B, Operation::session},  // semaphore: taken before a change
    {0x74, 0x4C, Operation::session},  // and given back
    {0xA1, 0x4B, Operation::program},  // non-volatile storage: update of firmware
    {0xA1, 0x4D, Operation::program},  // … its transfer
    {0xAC, 0x4B, Operation::program},  // program transfer
    {0xAC, 0x4C, Operation::program},
};

/// What a change of a class's attributes, or of its instances, is where it is not a write of process data.
struct ClassRow {
  std::uint16_t class_id;
  Operation change;
};
constexpr ClassRow classes[] = {
    {0x01, Operation::configure},                              // identity
    {0x02, Operation::configure},                              // message router
    {0x04, Operation::write},                                  // assembly
    {0x06, Operation::session},                                // connection manager
    {0x0F, Operation::configure},                              // parameter
    {0x37, Operation::program},                                // file
    {0x43, Operation::time},                                   // time synchronization
    {0x47, Operation::configure},                              // device level ring
    {0x48, Operation::configure},                              // quality of service
    {0x5D, Operation::configure},                              // CIP security
    {0x5E, Operation::configure},                              // EtherNet/IP security
    {0x5F, Operation::configure},                              // certificates
    {0x64, Operation::program},                                // controller: its name
    {0x67, Operation::write},                                  // PCCC
    {0x68, Operation::program},                                // program
    {0x69, Operation::program},                                // routine's map
    {0x6A, Operation::program},   {0x6B, Operation::program},  // symbol: tags are made and named
    {0x6C, Operation::program},                                // template
    {0x6D, Operation::program},                                // routine
    {0x6E, Operation::program},   {0x6F, Operation::program},   {0x70, Operation::program},    // task
    {0x7E, Operation::program},   {0x7F, Operation::program},   {0x8B, Operation::time},       // wall clock
    {0x8C, Operation::program},   {0x8D, Operation::program},   {0x8E, Operation::configure},  // controller: its mode
    {0xA1, Operation::program},                                                                // non-volatile storage
    {0xAC, Operation::program},   {0xF4, Operation::configure},                                // port
    {0xF5, Operation::configure},                                                              // TCP/IP interface
    {0xF6, Operation::configure},                                                              // Ethernet link
};

/// Common services. Volume 1, appendix A. `change`: the operation is that of the class.
struct CommonService {
  std::uint8_t service;
  Operation operation;
  bool change = false;
};
constexpr CommonService common[] = {
    {0x01, Operation::read},             // Get_Attributes_All
    {0x02, Operation::write, true},      // Set_Attributes_All
    {0x03, Operation::read},             // Get_Attribute_List
    {0x04, Operation::write, true},      // Set_Attribute_List
    {0x05, Operation::control},          // Reset
    {0x06, Operation::control},          // Start
    {0x07, Operation::control},          // Stop
    {0x08, Operation::configure, true},  // Create
    {0x09, Operation::configure, true},  // Delete
    {0x0A, Operation::read},             // Multiple_Service_Packet, of nothing
    {0x0D, Operation::configure},        // Apply_Attributes
    {0x0E, Operation::read},             // Get_Attribute_Single
    {0x10, Operation::write, true},      // Set_Attribute_Single
    {0x11, Operation::read},             // Find_Next_Object_Instance
    {0x15, Operation::configure},        // Restore
    {0x16, Operation::configure},        // Save
    {0x17, Operation::other},            // No_Operation
    {0x18, Operation::read},             // Get_Member
    {0x19, Operation::write, true},      // Set_Member
    {0x1A, Operation::configure, true},  // Insert_Member
    {0x1B, Operation::configure, true},  // Remove_Member
    {0x1C, Operation::session},          // Group_Sync
};

/// Services on a tag's name. Logix 5000 Controllers Data Access, 1756-PM020.
constexpr CommonService tag_services[] = {
    {0x4C, Operation::read},   // Read_Tag
    {0x4D, Operation::write},  // Write_Tag
    {0x4E, Operation::write},  // Read_Modify_Write_Tag
    {0x52, Operation::read},   // Read_Tag_Fragmented
    {0x53, Operation::write},  // Write_Tag_Fragmented
    {0x55, Operation::read},   // Get_Instance_Attribute_List
};

/// DF1 Protocol and Command Set, 1770-6.5.16, chapter 7.
struct Pccc {
  std::uint8_t command, function;
  Operation operation;
};
constexpr Pccc pccc[] = {
    {0x00, 0x00, Operation::write},     // protected write
    {0x01, 0x00, Operation::read},      // unprotected read
    {0x02, 0x00, Operation::write},     // protected bit write
    {0x05, 0x00, Operation::write},     // unprotected bit write
    {0x08, 0x00, Operation::write},     // unprotected write
    {0x06, 0x00, Operation::diagnose},  // echo
    {0x06, 0x01, Operation::diagnose},  // read diagnostic counters
    {0x06, 0x03, Operation::diagnose},  // diagnostic status
    {0x06, 0x07, Operation::diagnose},  // reset diagnostic counters
    {0x0F, 0x00, Operation::write},     // word range write
    {0x0F, 0x01, Operation::read},      // word range read
    {0x0F, 0x02, Operation::write},     // bit write
    {0x0F, 0x11, Operation::session},   // get edit resource
    {0x0F, 0x12, Operation::session},   // return edit resource
    {0x0F, 0x17, Operation::file},      // read bytes physical
    {0x0F, 0x18, Operation::program},   // write bytes physical
    {0x0F, 0x26, Operation::write},     // read-modify-write
    {0x0F, 0x29, Operation::read},      // read section size
    {0x0F, 0x3A, Operation::control},   // set CPU mode
    {0x0F, 0x41, Operation::control},   // disable forces
    {0x0F, 0x50, Operation::program},   // download all request
    {0x0F, 0x52, Operation::program},   // download completed
    {0x0F, 0x53, Operation::file},      // upload all request
    {0x0F, 0x55, Operation::file},      // upload completed
    {0x0F, 0x57, Operation::program},   // initialize memory
    {0x0F, 0x67, Operation::write},     // typed write
    {0x0F, 0x68, Operation::read},      // typed read
    {0x0F, 0x79, Operation::write},     // typed read-modify-write
    {0x0F, 0x80, Operation::control},   // change mode
    {0x0F, 0x8F, Operation::program},   // apply port configuration
    {0x0F, 0xA1, Operation::read},      // protected typed logical read, two address fields
    {0x0F, 0xA2, Operation::read},      // … three
    {0x0F, 0xA7, Operation::file},      // protected typed file read
    {0x0F, 0xA9, Operation::write},     // protected typed logical write, two
    {0x0F, 0xAA, Operation::write},     // … three
    {0x0F, 0xAB, Operation::write},     // … with mask
    {0x0F, 0xAF, Operation::program},   // protected typed file write
};

struct StatusRow {
  std::uint8_t code;
  Status status;
};
constexpr StatusRow statuses[] = {
    {0x00, Status::ok},
    {0x01, Status::failed},          // connection failure
    {0x02, Status::failed},          // resource unavailable
    {0x03, Status::failed},          // invalid parameter value
    {0x04, Status::unknown_object},  // path segment error
    {0x05, Status::unknown_object},  // path destination unknown
    {0x06, Status::ok},              // partial transfer: more follows
    {0x07, Status::failed},          // connection lost
    {0x08, Status::unsupported},     // service not supported
    {0x09, Status::failed},          // invalid attribute value
    {0x0A, Status::failed},          // attribute list error
    {0x0B, Status::refused},         // already in that mode
    {0x0C, Status::refused},         // object state conflict
    {0x0D, Status::refused},         // object exists already
    {0x0E, Status::refused},         // attribute not settable
    {0x0F, Status::refused},         // privilege violation
    {0x10, Status::refused},         // device state conflict
    {0x11, Status::failed},          // reply too large
    {0x12, Status::failed},          // fragmentation of a primitive value
    {0x13, Status::failed},          // not enough data
    {0x14, Status::unknown_object},  // attribute not supported
    {0x15, Status::failed},          // too much data
    {0x16, Status::unknown_object},  // object does not exist
    {0x17, Status::failed},          // no fragmentation in progress
    {0x18, Status::failed},          // no stored attribute data
    {0x19, Status::failed},          // store failure
    {0x1A, Status::failed},          // routing failure: request too large
    {0x1B, Status::failed},          // … response too large
    {0x1C, Status::failed},          // missing entry of an attribute list
    {0x1D, Status::failed},          // invalid list of attribute values
    {0x1E, Status::failed},          // embedded service error
    {0x1F, Status::failed},          // vendor's error
    {0x20, Status::failed},          // invalid parameter
    {0x21, Status::refused},         // write-once value written before
    {0x22, Status::failed},          // invalid reply
    {0x25, Status::refused},         // key failure in path
    {0x26, Status::unknown_object},  // path size invalid
    {0x27, Status::refused},         // unexpected attribute in list
    {0x28, Status::unknown_object},  // invalid member
    {0x29, Status::refused},         // member not settable
    {0x2A, Status::failed},          // group 2 only server
    {0xFF, Status::failed},          // general error, of Logix in additional status
};

struct Vendor {
  std::uint16_t id;
  std::string_view name;
};
constexpr Vendor vendors[] = {
    {1, "Rockwell Automation/Allen-Bradley"}, {40, "WAGO Corporation"},      {47, "Omron Corporation"},
    {90, "HMS Industrial Networks"},          {243, "Schneider Automation"}, {283, "Hilscher"},
};

template <class Rows>
std::optional<Operation> find(Rows const& rows, std::uint8_t service, Operation change) {
  auto const row = std::ranges::find(rows, service, &CommonService::service);
  if (row == std::end(rows)) return std::nullopt;
  return row->change ? change : row->operation;
}

}  // namespace

std::optional<Operation> service_operation(std::uint8_t service, std::uint16_t class_id, bool tag) {
  if (tag) {
    if (auto const operation = find(tag_services, service, Operation::write)) return operation;
  }
  for (auto const& row : class_services) {
    if (row.class_id == class_id && row.service == service) return row.operation;
  }
  auto const row = std::ranges::find(classes, class_id, &ClassRow::class_id);
  auto const change = row == std::end(classes) ? Operation::write : row->change;
  // Creating and deleting change a device, setting attributes changes values.
  bool const makes = service == 0x08 || service == 0x09 || service == 0x1A || service == 0x1B;
  return find(common, service, makes && change == Operation::write ? Operation::configure : change);
}

bool pccc_has_function(std::uint8_t command) { return command == 0x06 || command == 0x07 || command == 0x0F; }

std::optional<Operation> pccc_operation(std::uint8_t command, std::uint8_t function) {
  for (auto const& row : pccc) {
    if (row.command == command && (!pccc_has_function(command) || row.function == function)) return row.operation;
  }
  return std::nullopt;
}

int gravity(Operation operation) {
  switch (operation) {
    case Operation::program:
      return 7;
    case Operation::control:
      return 6;
    case Operation::configure:
      return 5;
    case Operation::time:
      return 4;
    case Operation::write:
      return 3;
    case Operation::file:
      return 2;
    case Operation::read:
      return 0;
    default:
      return 1;
  }
}

Status general_status(std::uint8_t code) {
  auto const row = std::ranges::find(statuses, code, &StatusRow::code);
  return row == std::end(statuses) ? Status::failed : row->status;
}

bool known_general_status(std::uint8_t code) {
  return std::ranges::find(statuses, code, &StatusRow::code) != std::end(statuses);
}

Status encapsulation_status(std::uint32_t code) {
  switch (code) {
    case 0x00:
      return Status::ok;
    case 0x01:  // invalid or unsupported command
    case 0x69:  // unsupported revision of the encapsulation
      return Status::unsupported;
    case 0x64:  // invalid session handle
    case 0x6A:  // service not allowed
      return Status::refused;
    default:
      return Status::failed;
  }
}

std::string_view vendor_name(std::uint16_t vendor) {
  auto const row = std::ranges::find(vendors, vendor, &Vendor::id);
  return row == std::end(vendors) ? std::string_view{} : row->name;
}

}  // namespace greywatch::agent::enip
