#include "agent/dissect/mms/service.hpp"
#include "agent/dissect/mms/types.hpp"

namespace greywatch::agent::mms {

namespace {

using Op = Operation;
constexpr auto sequence = uni(asn1::sequence);

constexpr Member define_condition_members[] = {
    choice(ctx(0), "mms.event_condition_name", object_name),
    integer(ctx(1), "mms.class"),
    natural(ctx(2), "mms.event_priority"),
    natural(ctx(3), "mms.severity"),
    boolean(ctx(4), "mms.alarm_summary_reports"),
    choice(ctx(6), "mms.monitored_variable", variable_specification),
    natural(ctx(7), "mms.evaluation_interval"),
};
constexpr Type define_condition{define_condition_members};
constexpr Member delete_condition_members[] = {
    list(ctx(0), "mms.list_of_name", names),
    null(ctx(1)),
    text(ctx(2), "mms.domain_name", Part::item),
    null(ctx(3)),
};
constexpr Type delete_condition{delete_condition_members};
constexpr Member monitored_members[] = {
    choice(ctx(0), "mms.variable_reference", variable_specification),
    null(ctx(1)),
};
constexpr Type monitored{monitored_members};
constexpr Member condition_attributes_members[] = {
    boolean(ctx(0), "mms.mms_deletable"),         integer(ctx(1), "mms.class"),
    natural(ctx(2), "mms.event_priority"),        natural(ctx(3), "mms.severity"),
    boolean(ctx(4), "mms.alarm_summary_reports"), choice(ctx(6), "mms.monitored_variable", monitored),
    natural(ctx(7), "mms.evaluation_interval"),
};
constexpr Type condition_attributes{condition_attributes_members};
constexpr Member condition_status_members[] = {
    integer(ctx(0), "mms.current_state"),
    natural(ctx(1), "mms.number_of_event_enrollments"),
    boolean(ctx(2), "mms.enabled"),
    choice(ctx(3), "mms.time_of_last_transition_to_active", event_time),
    choice(ctx(4), "mms.time_of_last_transition_to_idle", event_time),
};
constexpr Type condition_status{condition_status_members};
constexpr Member alter_monitoring_members[] = {
    choice(ctx(0), "mms.event_condition_name", object_name),
    boolean(ctx(1), "mms.enabled"),
    natural(ctx(2), "mms.priority"),
    boolean(ctx(3), "mms.alarm_summary_reports"),
    natural(ctx(4), "mms.evaluation_interval"),
};
constexpr Type alter_monitoring{alter_monitoring_members};
constexpr Member trigger_members[] = {
    choice(ctx(0), "mms.event_condition_name", object_name),
    natural(ctx(1), "mms.priority"),
};
constexpr Type trigger{trigger_members};

constexpr Member define_action_members[] = {
    choice(ctx(0), "mms.event_action_name", object_name),
    list(ctx(1), "mms.list_of_modifier", modifiers),
    opaque(ctx(2)),
};
constexpr Type define_action{define_action_members};
constexpr Member delete_action_members[] = {
    list(ctx(0), "mms.list_of_name", names),
    null(ctx(1)),
    text(ctx(3), "mms.domain_name", Part::item),
    null(ctx(4)),
};
constexpr Type delete_action{delete_action_members};
constexpr Member action_attributes_members[] = {
    boolean(ctx(0), "mms.mms_deletable"),
    list(ctx(1), "mms.list_of_modifier", modifiers),
    opaque(ctx(2)),
};
constexpr Type action_attributes{action_attributes_members};

constexpr Member define_enrollment_members[] = {
    choice(ctx(0), "mms.event_enrollment_name", object_name), choice(ctx(1), "mms.event_condition_name", object_name),
    bits(ctx(2), "mms.event_condition_transition"),           integer(ctx(3), "mms.alarm_acknowledgement_rule"),
    choice(ctx(4), "mms.event_action_name", object_name),     group(ctx(5), application_reference),
};
constexpr Type define_enrollment{define_enrollment_members};
constexpr Member delete_enrollment_members[] = {
    list(ctx(0), "mms.list_of_name", names),
    choice(ctx(1), "mms.event_condition_name", object_name),
    choice(ctx(2), "mms.event_action_name", object_name),
};
constexpr Type delete_enrollment{delete_enrollment_members};
constexpr Member alter_enrollment_members[] = {
    choice(ctx(0), "mms.event_enrollment_name", object_name),
    bits(ctx(1), "mms.event_condition_transitions"),
    integer(ctx(2), "mms.alarm_acknowledgment_rule"),
};
constexpr Type alter_enrollment{alter_enrollment_members};
constexpr Member enrollment_state_members[] = {
    integer(ctx(0), "mms.enrollment_state"),
    null(ctx(1)),
};
constexpr Type enrollment_state{enrollment_state_members};
constexpr Member alter_enrollment_response_members[] = {
    choice(ctx(0), "mms.current_state", enrollment_state),
    choice(ctx(1), "mms.transition_time", event_time),
};
constexpr Type alter_enrollment_response{alter_enrollment_response_members};
constexpr Member enrollment_status_members[] = {
    bits(ctx(0), "mms.event_condition_transitions"),
    boolean(ctx(1), "mms.notification_lost"),
    integer(ctx(2), "mms.duration"),
    integer(ctx(3), "mms.alarm_acknowledgment_rule"),
    integer(ctx(4), "mms.current_state"),
};
constexpr Type enrollment_status{enrollment_status_members};
constexpr Member enrollment_attributes_request_members[] = {
    integer(ctx(0), "mms.scope_of_request"),
    list(ctx(1), "mms.event_enrollment_names", names),
    group(ctx(2), application_reference),
    choice(ctx(3), "mms.event_condition_name", object_name),
    choice(ctx(4), "mms.event_action_name", object_name),
    choice(ctx(5), {}, object_name),
};
constexpr Type enrollment_attributes_request{enrollment_attributes_request_members};
constexpr Member condition_or_undefined_members[] = {
    choice(ctx(0), "mms.event_condition", object_name),
    null(ctx(1)),
};
constexpr Type condition_or_undefined{condition_or_undefined_members};
constexpr Member action_or_undefined_members[] = {
    choice(ctx(0), "mms.event_action", object_name),
    null(ctx(1)),
};
constexpr Type action_or_undefined{action_or_undefined_members};
constexpr Member enrollment_members[] = {
    choice(ctx(0), "mms.event_enrollment_name", object_name),
    choice(ctx(1), "mms.event_condition_name", condition_or_undefined),
    choice(ctx(2), "mms.event_action_name", action_or_undefined),
    group(ctx(3), application_reference),
    boolean(ctx(4), "mms.mms_deletable"),
    integer(ctx(5), "mms.enrollment_class"),
    integer(ctx(6), "mms.duration"),
    natural(ctx(7), "mms.invoke_id"),
    natural(ctx(8), "mms.remaining_acceptable_delay"),
};
constexpr Type enrollment{enrollment_members};
constexpr Member enrollments_members[] = {group(sequence, enrollment)};
constexpr Type enrollments{enrollments_members};
constexpr Member enrollment_attributes_members[] = {
    list(ctx(0), "mms.list_of_event_enrollment", enrollments),
    boolean(ctx(1), "mms.more_follows"),
};
constexpr Type enrollment_attributes{enrollment_attributes_members};
constexpr Member acknowledge_members[] = {
    choice(ctx(0), "mms.event_enrollment_name", object_name),
    integer(ctx(2), "mms.acknowledged_state"),
    choice(ctx(3), "mms.time_of_acknowledged_transition", event_time),
};
constexpr Type acknowledge{acknowledge_members};

constexpr Member severity_filter_members[] = {
    natural(ctx(0), "mms.most_severe"),
    natural(ctx(1), "mms.least_severe"),
};
constexpr Type severity_filter{severity_filter_members};
constexpr Member summary_request_members[] = {
    boolean(ctx(0), "mms.enrollments_only"),
    boolean(ctx(1), "mms.active_alarms_only"),
    integer(ctx(2), "mms.acknowledgment_filter"),
    group(ctx(3), severity_filter),
    choice(ctx(5), {}, object_name),
};
constexpr Type summary_request{summary_request_members};
constexpr Member alarm_members[] = {
    choice(ctx(0), "mms.event_condition_name", object_name),
    natural(ctx(1), "mms.severity"),
    integer(ctx(2), "mms.current_state"),
    integer(ctx(3), "mms.unacknowledged_state"),
    choice(ctx(5), "mms.time_of_last_transition_to_active", event_time),
    choice(ctx(6), "mms.time_of_last_transition_to_idle", event_time),
};
constexpr Type alarm{alarm_members};
constexpr Member alarms_members[] = {group(sequence, alarm)};
constexpr Type alarms{alarms_members};
constexpr Member alarm_summary_members[] = {
    list(ctx(0), "mms.list_of_alarm_summary", alarms),
    boolean(ctx(1), "mms.more_follows"),
};
constexpr Type alarm_summary{alarm_summary_members};
constexpr Member alarm_enrollment_members[] = {
    choice(ctx(0), "mms.event_enrollment_name", object_name),
    group(ctx(2), application_reference),
    natural(ctx(3), "mms.severity"),
    integer(ctx(4), "mms.current_state"),
    boolean(ctx(6), "mms.notification_lost"),
    integer(ctx(7), "mms.alarm_acknowledgment_rule"),
    integer(ctx(8), "mms.enrollment_state"),
    choice(ctx(9), "mms.time_of_last_transition_to_active", event_time),
    choice(ctx(10), "mms.time_active_acknowledged", event_time),
    choice(ctx(11), "mms.time_of_last_transition_to_idle", event_time),
    choice(ctx(12), "mms.time_idle_acknowledged", event_time),
};
constexpr Type alarm_enrollment{alarm_enrollment_members};
constexpr Member alarm_enrollments_members[] = {group(sequence, alarm_enrollment)};
constexpr Type alarm_enrollments{alarm_enrollments_members};
constexpr Member alarm_enrollment_summary_members[] = {
    list(ctx(0), "mms.list_of_alarm_enrollment_summary", alarm_enrollments),
    boolean(ctx(1), "mms.more_follows"),
};
constexpr Type alarm_enrollment_summary{alarm_enrollment_summary_members};

constexpr Member action_outcome_members[] = {
    opaque(ctx(0)),
    group(ctx(1), service_error),
};
constexpr Type action_outcome{action_outcome_members};
constexpr Member action_result_members[] = {
    inlined("mms.event_action_name", object_name),
    inlined("mms.event_action_result", action_outcome),
};
constexpr Type action_result{action_result_members};
constexpr Member event_notification_members[] = {
    choice(ctx(0), "mms.event_enrollment_name", object_name),
    choice(ctx(1), "mms.event_condition_name", condition_or_undefined),
    natural(ctx(2), "mms.severity"),
    integer(ctx(3), "mms.current_state"),
    choice(ctx(4), "mms.transition_time", event_time),
    boolean(ctx(6), "mms.notification_lost"),
    integer(ctx(7), "mms.alarm_acknowledgment_rule"),
    group(ctx(8), action_result),
};

constexpr Member condition = as_choice("mms.event_condition_name", object_name);
constexpr Member action = as_choice("mms.event_action_name", object_name);
constexpr Member enrollment_name = as_choice("mms.event_enrollment_name", object_name);
constexpr Member not_deleted = natural({}, "mms.candidates_not_deleted");

constexpr Service services[] = {
    {47, "defineEventCondition", Op::configure, as_group(define_condition), as_null()},
    {48, "deleteEventCondition", Op::configure, as_choice("mms.scope_of_delete", delete_condition), not_deleted},
    {49, "getEventConditionAttributes", Op::read, condition, as_group(condition_attributes)},
    {50, "reportEventConditionStatus", Op::read, condition, as_group(condition_status)},
    {51, "alterEventConditionMonitoring", Op::configure, as_group(alter_monitoring), as_null()},
    {52, "triggerEvent", Op::control, as_group(trigger), as_null()},
    {53, "defineEventAction", Op::configure, as_group(define_action), as_null()},
    {54, "deleteEventAction", Op::configure, as_choice("mms.scope_of_delete", delete_action), not_deleted},
    {55, "getEventActionAttributes", Op::read, action, as_group(action_attributes)},
    {56, "reportEventActionStatus", Op::read, action, natural({}, "mms.number_of_event_enrollments")},
    {57, "defineEventEnrollment", Op::configure, as_group(define_enrollment), as_null()},
    {58, "deleteEventEnrollment", Op::configure, as_choice("mms.scope_of_delete", delete_enrollment), not_deleted},
    {59, "alterEventEnrollment", Op::configure, as_group(alter_enrollment), as_group(alter_enrollment_response)},
    {60, "reportEventEnrollmentStatus", Op::read, enrollment_name, as_group(enrollment_status)},
    {61, "getEventEnrollmentAttributes", Op::read, as_group(enrollment_attributes_request),
     as_group(enrollment_attributes)},
    {62, "acknowledgeEventNotification", Op::write, as_group(acknowledge), as_null()},
    {63, "getAlarmSummary", Op::read, as_group(summary_request), as_group(alarm_summary)},
    {64, "getAlarmEnrollmentSummary", Op::read, as_group(summary_request), as_group(alarm_enrollment_summary)},
};

}  // namespace

constinit Type const event_notification{event_notification_members};

std::span<Service const> event_services() { return services; }

}  // namespace greywatch::agent::mms
