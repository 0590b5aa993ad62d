#pragma once
#include "agent/dissect/mms/grammar.hpp"

/// Types that several services share. ISO 9506-2:2003, and IEC 61850-8-1 for UtcTime.
namespace greywatch::agent::mms {

extern Type const nothing;                 ///< for a SEQUENCE without components
extern Type const object_name;             ///< CHOICE of scope: VMD, domain, association
extern Type const names;                   ///< SEQUENCE OF ObjectName
extern Type const identifiers;             ///< SEQUENCE OF Identifier
extern Type const file_name;               ///< SEQUENCE OF GraphicString, the target of a request
extern Type const other_file_name;         ///< the same, of a second file
extern Type const capabilities;            ///< SEQUENCE OF VisibleString
extern Type const address;                 ///< CHOICE
extern Type const type_specification;      ///< CHOICE
extern Type const variable_specification;  ///< CHOICE
extern Type const alternate_access;        ///< SEQUENCE OF CHOICE
extern Type const scattered_access;        ///< SEQUENCE OF SEQUENCE
extern Type const variables;               ///< SEQUENCE OF SEQUENCE: listOfVariable
extern Type const variable_access;         ///< CHOICE: VariableAccessSpecification
extern Type const data;                    ///< CHOICE
extern Type const access_results;          ///< SEQUENCE OF AccessResult
extern Type const service_error;           ///< SEQUENCE
extern Type const application_reference;   ///< SEQUENCE
extern Type const event_time;              ///< CHOICE
extern Type const modifiers;               ///< SEQUENCE OF CHOICE
extern Type const external;                ///< EXTERNAL

}  // namespace greywatch::agent::mms
