/** The rules of TaskRouter that may be read otherwise, as the page groups them. */
export const READINGS = [
  ["values", ["not_in_null", "null_is_zero", "ignore_case", "text_is_no_number", "contains_texts_only", "no_capacity_is_free"]],
  ["workflow", ["order_by_inherited", "order_by_missing_first", "timeout_ends_offers", "skip_if_once", "attributes_restart"]],
  ["order", ["queue_order_first", "direct_refusal_waits"]],
] as const;
