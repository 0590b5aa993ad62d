#include "agent/dissect/kerberos/tables.hpp"

#include <algorithm>

namespace greywatch::agent::kerberos {
namespace {

struct Named {
  std::int64_t code;
  std::string_view name;
};
template <std::size_t N>
std::string_view find(Named const (&table)[N], std::int64_t code) {
  auto const found = std::ranges::find(table, code, &Named::code);
  return found != std::end(table) ? found->name : std::string_view{};
}

// One row a code.
// clang-format off
constexpr Named types[] = {
    {10, "as_req"},
    {11, "as_rep"},
    {12, "tgs_req"},
    {13, "tgs_rep"},
    {14, "ap_req"},
    {15, "ap_rep"},
    {20, "safe"},
    {21, "priv"},
    {22, "cred"},
    {30, "error"},
    {256, "change_password"},
    {257, "change_password_reply"},
};

constexpr Named etypes[] = {
    {1, "des-cbc-crc"},
    {2, "des-cbc-md4"},
    {3, "des-cbc-md5"},
    {5, "des3-cbc-md5"},
    {7, "des3-cbc-sha1"},
    {9, "dsaWithSHA1-CmsOID"},
    {10, "md5WithRSAEncryption-CmsOID"},
    {11, "sha1WithRSAEncryption-CmsOID"},
    {12, "rc2CBC-EnvOID"},
    {13, "rsaEncryption-EnvOID"},
    {14, "rsaES-OAEP-ENV-OID"},
    {15, "des-ede3-cbc-Env-OID"},
    {16, "des3-cbc-sha1-kd"},
    {17, "aes128-cts-hmac-sha1-96"},
    {18, "aes256-cts-hmac-sha1-96"},
    {19, "aes128-cts-hmac-sha256-128"},
    {20, "aes256-cts-hmac-sha384-192"},
    {23, "rc4-hmac"},
    {24, "rc4-hmac-exp"},
    {25, "camellia128-cts-cmac"},
    {26, "camellia256-cts-cmac"},
    {-128, "rc4-md4"},
    {-133, "rc4-hmac-old"},
    {-135, "rc4-hmac-old-exp"},
};

constexpr Named errors[] = {
    {0, "KDC_ERR_NONE"},
    {1, "KDC_ERR_NAME_EXP"},
    {2, "KDC_ERR_SERVICE_EXP"},
    {3, "KDC_ERR_BAD_PVNO"},
    {4, "KDC_ERR_C_OLD_MAST_KVNO"},
    {5, "KDC_ERR_S_OLD_MAST_KVNO"},
    {6, "KDC_ERR_C_PRINCIPAL_UNKNOWN"},
    {7, "KDC_ERR_S_PRINCIPAL_UNKNOWN"},
    {8, "KDC_ERR_PRINCIPAL_NOT_UNIQUE"},
    {9, "KDC_ERR_NULL_KEY"},
    {10, "KDC_ERR_CANNOT_POSTDATE"},
    {11, "KDC_ERR_NEVER_VALID"},
    {12, "KDC_ERR_POLICY"},
    {13, "KDC_ERR_BADOPTION"},
    {14, "KDC_ERR_ETYPE_NOSUPP"},
    {15, "KDC_ERR_SUMTYPE_NOSUPP"},
    {16, "KDC_ERR_PADATA_TYPE_NOSUPP"},
    {17, "KDC_ERR_TRTYPE_NOSUPP"},
    {18, "KDC_ERR_CLIENT_REVOKED"},
    {19, "KDC_ERR_SERVICE_REVOKED"},
    {20, "KDC_ERR_TGT_REVOKED"},
    {21, "KDC_ERR_CLIENT_NOTYET"},
    {22, "KDC_ERR_SERVICE_NOTYET"},
    {23, "KDC_ERR_KEY_EXPIRED"},
    {24, "KDC_ERR_PREAUTH_FAILED"},
    {25, "KDC_ERR_PREAUTH_REQUIRED"},
    {26, "KDC_ERR_SERVER_NOMATCH"},
    {27, "KDC_ERR_MUST_USE_USER2USER"},
    {28, "KDC_ERR_PATH_NOT_ACCEPTED"},
    {29, "KDC_ERR_SVC_UNAVAILABLE"},
    {31, "KRB_AP_ERR_BAD_INTEGRITY"},
    {32, "KRB_AP_ERR_TKT_EXPIRED"},
    {33, "KRB_AP_ERR_TKT_NYV"},
    {34, "KRB_AP_ERR_REPEAT"},
    {35, "KRB_AP_ERR_NOT_US"},
    {36, "KRB_AP_ERR_BADMATCH"},
    {37, "KRB_AP_ERR_SKEW"},
    {38, "KRB_AP_ERR_BADADDR"},
    {39, "KRB_AP_ERR_BADVERSION"},
    {40, "KRB_AP_ERR_MSG_TYPE"},
    {41, "KRB_AP_ERR_MODIFIED"},
    {42, "KRB_AP_ERR_BADORDER"},
    {44, "KRB_AP_ERR_BADKEYVER"},
    {45, "KRB_AP_ERR_NOKEY"},
    {46, "KRB_AP_ERR_MUT_FAIL"},
    {47, "KRB_AP_ERR_BADDIRECTION"},
    {48, "KRB_AP_ERR_METHOD"},
    {49, "KRB_AP_ERR_BADSEQ"},
    {50, "KRB_AP_ERR_INAPP_CKSUM"},
    {51, "KRB_AP_PATH_NOT_ACCEPTED"},
    {52, "KRB_ERR_RESPONSE_TOO_BIG"},
    {60, "KRB_ERR_GENERIC"},
    {61, "KRB_ERR_FIELD_TOOLONG"},
    {62, "KDC_ERR_CLIENT_NOT_TRUSTED"},
    {63, "KDC_ERR_KDC_NOT_TRUSTED"},
    {64, "KDC_ERR_INVALID_SIG"},
    {65, "KDC_ERR_DH_KEY_PARAMETERS_NOT_ACCEPTED"},
    {66, "KDC_ERR_CERTIFICATE_MISMATCH"},
    {67, "KRB_AP_ERR_NO_TGT"},
    {68, "KDC_ERR_WRONG_REALM"},
    {69, "KRB_AP_ERR_USER_TO_USER_REQUIRED"},
    {70, "KDC_ERR_CANT_VERIFY_CERTIFICATE"},
    {71, "KDC_ERR_INVALID_CERTIFICATE"},
    {72, "KDC_ERR_REVOKED_CERTIFICATE"},
    {73, "KDC_ERR_REVOCATION_STATUS_UNKNOWN"},
    {74, "KDC_ERR_REVOCATION_STATUS_UNAVAILABLE"},
    {75, "KDC_ERR_CLIENT_NAME_MISMATCH"},
    {76, "KDC_ERR_KDC_NAME_MISMATCH"},
    {90, "KDC_ERR_PREAUTH_EXPIRED"},
    {91, "KDC_ERR_MORE_PREAUTH_DATA_REQUIRED"},
    {93, "KDC_ERR_UNKNOWN_CRITICAL_FAST_OPTIONS"},
};
// clang-format on

}  // namespace

std::string_view type_name(std::uint32_t type) { return find(types, type); }
std::string_view etype_name(std::int64_t etype) { return find(etypes, etype); }
std::string_view error_name(std::int64_t error) { return find(errors, error); }

bool is_weak(std::int64_t etype) {
  constexpr std::int64_t weak[] = {1, 2, 3, 5, 7, 15, 16, 23, 24, -128, -133, -135};
  return std::ranges::find(weak, etype) != std::end(weak);
}

bool is_failed_logon(std::int64_t error) { return error == 18 || error == 24; }

Status status_of_error(std::int64_t error) {
  switch (error) {
    case 0:
    case 25:  // pre-authentication required: how most logons begin
    case 52:  // too big for UDP: asked again over TCP
    case 91:
      return Status::ok;
    case 6:
    case 7:
    case 26:
    case 35:
    case 68:
      return Status::unknown_object;
    case 3:
    case 14:
    case 15:
    case 16:
    case 17:
    case 39:
    case 40:
      return Status::unsupported;
    case 12:
    case 13:
    case 18:
    case 19:
    case 20:
    case 23:
    case 24:
    case 27:
    case 31:
    case 32:
    case 34:
    case 36:
    case 38:
    case 41:
    case 62:
      return Status::refused;
    default:
      return Status::failed;
  }
}

}  // namespace greywatch::agent::kerberos
