// Generated from the OpenAPI document by `peaswap sdks generate`. Changes are lost.

import type { PagePromise, RequestOptions } from "./index.js";

/** The settings of the account that the key belongs to, shared by both environments. */
export interface Account {
  id: string;
  object: "account";
  name: string;
  created: number;
  updated: number;
  default_currency: string;
  dunning: Dunning;
  gateway: Gateway;
  invoice_prefix: string;
  livemode: boolean;
  timezone: string;
}

/** Changes to the account's settings; what is absent stays as it is. */
export interface AccountPatch {
  name?: string;
  default_currency?: string;
  timezone?: string;
  dunning?: DunningPatch;
  invoice_prefix?: string;
  gateway?: GatewayPatch;
  expand?: string[];
}

export interface AccountRetrieveParams {
  expand?: string[];
}

/** Who did it: an api_key, a user, the scheduler or the system. */
export interface Actor {
  type: string;
  id: string;
}

/** A postal address; any part may be missing. */
export interface Address {
  line1: string | null;
  line2: string | null;
  city: string | null;
  state: string | null;
  postal_code: string | null;
  country: string | null;
}

/** A postal address laid over another: parts that are absent stay as they are, null or "" clears one. */
export interface AddressPatch {
  line1?: string | null;
  line2?: string | null;
  city?: string | null;
  state?: string | null;
  postal_code?: string | null;
  country?: string | null;
}

/** The time to go to, in Unix seconds. */
export interface Advance {
  frozen_time: number | Date;
  expand?: string[];
}

export interface AnalyticsListParams {
  from?: number | Date;
  to?: number | Date;
  interval?: "day" | "month" | "week";
  currency?: string;
  expand?: string[];
}

/** `secret` is there only in the answer that made it; `permissions` null means everything. `last_used` is right to the minute. */
export interface ApiKey {
  id: string;
  object: "api_key";
  name: string | null;
  created: number;
  updated: number;
  expires: number | null;
  last4: string;
  last_used: number | null;
  livemode: boolean;
  permissions: Record<string, "none" | "read" | "write"> | null;
  revoked: number | null;
  type: string;
  secret: string;
}

/** A new key of this account and environment. With `permissions` it is a restricted key: what is not named there is `none`. `expires` is in Unix seconds. */
export interface ApiKeyDraft {
  name?: string | null;
  permissions?: Record<string, "none" | "read" | "write"> | null;
  expires?: number | Date | null;
  expand?: string[];
}

export interface ApiKeysListParams {
  limit?: number;
  starting_after?: string;
  ending_before?: string;
  created?: number | Date | { gt?: number | Date; gte?: number | Date; lt?: number | Date; lte?: number | Date };
  expand?: string[];
}

export interface ApiKeysRetrieveParams {
  as_of?: string;
  expand?: string[];
}

export interface ApiKeysRevokeParams {
  expand?: string[];
}

/** The customer that is to be charged by it. */
export interface Attachment {
  customer: string;
  expand?: string[];
}

/** One time that the gateway was asked to charge. */
export interface Attempt {
  number: number;
  status: "FAILED" | "PROCESSING" | "SUCCEEDED";
  payment_method: string;
  created: number;
  error: PaymentError | null;
}

/** What may be shown of a bank account. */
export interface BankAccount {
  bank_name: string | null;
  country: string | null;
  fingerprint: string;
  last4: string;
}

/** `token` as the gateway gave it. A raw `account_number` is refused, and kept nowhere. */
export interface BankAccountDraft {
  token?: string | null;
  account_number?: string | number | null;
  routing_number?: string | number | null;
}

/** Who the method belongs to, as the client says. */
export interface BillingDetails {
  name: string | null;
  email: string | null;
  phone: string | null;
}

/** Billing details laid over others: parts that are absent stay as they are, null or "" clears one. */
export interface BillingPatch {
  name?: string | null;
  email?: string | null;
  phone?: string | null;
}

/** `prorate` gives time back that was paid for and is not used; without `invoice_now` what waits for the next invoice is forgotten. */
export interface Cancellation {
  prorate?: boolean;
  invoice_now?: boolean;
  expand?: string[];
}

/** `amount`: how much of the reservation to take, all of it unless named; the rest is released. */
export interface Capture {
  amount?: number | null;
  expand?: string[];
}

/** What may be shown of a card. */
export interface Card {
  brand: string | null;
  country: string | null;
  exp_month: number | null;
  exp_year: number | null;
  fingerprint: string;
  funding: string | null;
  last4: string;
}

/** `token` as the gateway gave it. A raw `number` is refused, and kept nowhere. */
export interface CardDraft {
  token?: string | null;
  number?: string | number | null;
  exp_month?: string | number | null;
  exp_year?: string | number | null;
  cvc?: string | number | null;
}

/** A field that took another value; parts of maps are named `metadata[plan]`. Null stands for absent. */
export interface Change {
  field: string;
  from: unknown;
  to: unknown;
}

/** `payment_method`: the one to charge, when it is not to be the payment's own or the customer's default. */
export interface Confirmation {
  payment_method?: string | null;
  expand?: string[];
}

/** Sums in minor units of `currency`; only payments that succeeded count, with what was captured. */
export interface CurrencyTotals {
  currency: string;
  total_payments: number;
  total_volume: number;
  total_refunded: number;
  net_volume: number;
  average_transaction: number | null;
  last_payment: number | null;
}

/** `balance` is in minor units of `currency`, below zero when the customer has credit; instants are Unix seconds. */
export interface Customer {
  id: string;
  object: "customer";
  name: string;
  email: string;
  phone: string | null;
  created: number;
  updated: number;
  metadata: Record<string, string>;
  address: Address | null;
  balance: number;
  currency: string | null;
  default_payment_method: string | null;
  delinquent: boolean;
  description: string | null;
  livemode: boolean;
  test_clock: string | null;
  timezone: string;
}

/** The totals in the customer's currency (or the one asked for), and in every other beside it. */
export interface CustomerAnalytics {
  object: "customer.analytics";
  customer: string;
  currency: string | null;
  total_payments: number;
  total_volume: number;
  average_transaction: number | null;
  last_payment: number | null;
  total_refunded: number;
  net_volume: number;
  by_currency: CurrencyTotals[];
}

/** A new customer. `if_email_exists` says what to do when the address is in use: `return` answers the oldest customer that has it, `error` refuses; without it, duplicates are allowed. `default_payment_method` names a method that nobody has yet: it is attached to the new customer. */
export interface CustomerDraft {
  name: string;
  email: string;
  phone?: string | null;
  description?: string | null;
  address?: "" | AddressPatch | null;
  metadata?: Record<string, string | number | boolean | null> | "" | null;
  timezone?: string | null;
  default_payment_method?: string | null;
  test_clock?: string | null;
  if_email_exists?: "error" | "return" | null;
  expand?: string[];
}

/** Changes to a customer; what is absent stays as it is, null or "" clears an optional field. */
export interface CustomerPatch {
  name?: string;
  email?: string;
  phone?: string | null;
  description?: string | null;
  address?: "" | AddressPatch | null;
  metadata?: Record<string, string | number | boolean | null> | "" | null;
  timezone?: string | null;
  default_payment_method?: string | null;
  expand?: string[];
}

export interface CustomersAnalyticsExplainParams {
  metric?: "net_volume" | "total_payments" | "total_refunded" | "total_volume";
  currency?: string;
  limit?: number;
  starting_after?: string;
  expand?: string[];
}

export interface CustomersAnalyticsParams {
  currency?: string;
  expand?: string[];
}

export interface CustomersDeleteParams {
  if_active?: "cancel" | "error";
  expand?: string[];
}

export interface CustomersDuplicatesParams {
  limit?: number;
  starting_after?: string;
  ending_before?: string;
  created?: number | Date | { gt?: number | Date; gte?: number | Date; lt?: number | Date; lte?: number | Date };
  expand?: string[];
}

export interface CustomersHistoryParams {
  limit?: number;
  starting_after?: string;
  holding?: string;
  expand?: string[];
}

export interface CustomersListParams {
  limit?: number;
  starting_after?: string;
  ending_before?: string;
  created?: number | Date | { gt?: number | Date; gte?: number | Date; lt?: number | Date; lte?: number | Date };
  email?: string;
  q?: string;
  sort?: "created" | "email" | "name";
  direction?: "asc" | "desc";
  expand?: string[];
}

export interface CustomersPaymentMethodsParams {
  limit?: number;
  starting_after?: string;
  ending_before?: string;
  created?: number | Date | { gt?: number | Date; gte?: number | Date; lt?: number | Date; lte?: number | Date };
  type?: "BANK_ACCOUNT" | "CARD";
  expand?: string[];
}

export interface CustomersRetrieveParams {
  as_of?: string;
  expand?: string[];
}

export interface CustomersSearchParams {
  limit?: number;
  starting_after?: string;
  ending_before?: string;
  created?: number | Date | { gt?: number | Date; gte?: number | Date; lt?: number | Date; lte?: number | Date };
  query: string;
  page?: string;
  expand?: string[];
}

/** What DELETE answers. */
export interface Deleted {
  id: string;
  object: string;
  deleted: boolean;
}

/** An event on its way to an endpoint. `next_attempt`: when it is to be tried (again); null when it is done, or while it waits for an earlier event of the same object. */
export interface Delivery {
  id: string;
  object: "webhook_delivery";
  webhook_endpoint: string;
  event: string;
  event_type: string;
  object_id: string;
  status: "CANCELED" | "DELIVERED" | "FAILED" | "PENDING";
  created: number;
  finished: number | null;
  next_attempt: number | null;
  livemode: boolean;
  attempts: DeliveryAttempt[];
}

/** A try. `status_code` null: there was no answer, and `error` says why. `request_headers` are those sent, without the signatures; `response_head` is how the answer begins, up to 4 KiB. */
export interface DeliveryAttempt {
  number: number;
  created: number;
  duration_ms: number;
  status_code: number | null;
  error: string | null;
  request_headers: Record<string, string>;
  response_head: string | null;
}

/** Retries in whole days after the first failure, and what becomes of a subscription after the last. */
export interface Dunning {
  offset_days: number[];
  end_state: "CANCEL" | "PAST_DUE" | "UNPAID";
}

/** When a failed renewal is tried again, in whole days after the first failure, and what happens after the last. */
export interface DunningPatch {
  offset_days?: number[];
  end_state?: "CANCEL" | "PAST_DUE" | "UNPAID";
}

/** Customers that share an e-mail address or phone number, oldest first, at most 100 of them. `created` is when the second of them came. */
export interface DuplicateGroup {
  id: string;
  object: "customer.duplicates";
  created: number;
  field: "email" | "phone";
  value: string;
  customers: string[];
  livemode: boolean;
}

/** What happens when a trial ends and there is no payment method. */
export interface EndBehavior {
  missing_payment_method: "CANCEL" | "CREATE_INVOICE" | "PAUSE";
}

/** What happens when a trial ends and there is no payment method. */
export interface EndBehaviorDraft {
  missing_payment_method: "CANCEL" | "CREATE_INVOICE" | "PAUSE";
}

/** One recorded event, of `number` in the history (1 is the oldest). `changes` name the fields of the object as clients see it; amounts among them are in `currency`. */
export interface Entry {
  id: string;
  object: "history_entry";
  number: number;
  type: string;
  created: number;
  position: number;
  subject: string;
  actor: Actor;
  request_id: string | null;
  idempotency_key: string | null;
  caused_by: string | null;
  currency: string | null;
  changes: Change[];
}

/** `erased` is when the customer's data keys were destroyed, in Unix seconds; the numbers say what ended with them. The same receipt is answered however often it is asked for. */
export interface Erasure {
  object: "erasure";
  customer: string;
  erased: number;
  livemode: boolean;
  payment_methods: number;
  subscriptions: number;
  payment_schedules: number;
}

/** `if_active`: what to do when subscriptions or schedules are running: end them (CANCEL, the default) or refuse. */
export interface ErasureDraft {
  if_active?: "cancel" | "error" | null;
  expand?: string[];
}

/** Something that happened. `created` is in Unix seconds, by the test clock for objects that live on one; `position` says where it stands in the log. */
export interface Event {
  id: string;
  object: "event";
  type: string;
  created: number;
  livemode: boolean;
  position: number;
  api_version: string;
  data: EventData;
  request: EventRequest;
}

/** `object` is the object as it was right after the event, `previous_attributes` the former values of what changed; absent where nothing did, or where the object is new. */
export interface EventData {
  object: Record<string, unknown>;
  previous_attributes: Record<string, unknown>;
}

/** The request that caused it; null where the system did. */
export interface EventRequest {
  id: string | null;
  idempotency_key: string | null;
}

export interface EventsListParams {
  limit?: number;
  starting_after?: string;
  ending_before?: string;
  created?: number | Date | { gt?: number | Date; gte?: number | Date; lt?: number | Date; lte?: number | Date };
  type?: string;
  types?: string[];
  object_id?: string;
  expand?: string[];
}

export interface EventsRetrieveParams {
  expand?: string[];
}

/** A card's new expiry. */
export interface ExpiryPatch {
  exp_month?: number;
  exp_year?: number;
}

/** An event, and what it adds to the figure. */
export interface ExplainedAmount {
  event: string;
  amount: number;
  created: number;
}

/** Where new charges of this environment go to; null when nobody has said so in live. Of secrets only the end is shown. Stripe's events are sent to `webhook_path` of this server. */
export interface Gateway {
  provider: "SIMULATOR" | "STRIPE" | null;
  secret_key_last4: string | null;
  webhook_secret_last4: string | null;
  webhook_path: string;
}

/** Where new charges of the key's environment go to. Secrets are kept sealed and never shown again; what is absent stays as it is. */
export interface GatewayPatch {
  provider?: "SIMULATOR" | "STRIPE";
  secret_key?: string;
  webhook_secret?: string | null;
}

/** `count` payments, one each `interval_count` intervals. */
export interface InstallmentsDraft {
  count: number;
  interval?: "DAY" | "MONTH" | "WEEK" | "YEAR";
  interval_count?: number;
}

/** Amounts in minor units of `currency`; instants in Unix seconds. `attempt_count` counts the first attempt and those that were planned after it. From its finalization on whoever has `hosted_invoice_url` sees the invoice as a page, and with `invoice_pdf` as a PDF, without a key. */
export interface Invoice {
  id: string;
  object: "invoice";
  amount_due: number;
  amount_paid: number;
  amount_remaining: number;
  attempt_count: number;
  billing_reason: "MANUAL" | "SUBSCRIPTION_CREATE" | "SUBSCRIPTION_CYCLE" | "SUBSCRIPTION_UPDATE";
  collection_method: "CHARGE_AUTOMATICALLY" | "SEND_INVOICE";
  created: number;
  updated: number;
  currency: string;
  customer: string;
  description: string | null;
  due_date: number | null;
  ending_balance: number | null;
  finalized_at: number | null;
  hosted_invoice_url: string | null;
  invoice_pdf: string | null;
  last_error: string | null;
  lines: LineList;
  livemode: boolean;
  metadata: Record<string, string>;
  next_payment_attempt: number | null;
  number: string | null;
  paid_at: number | null;
  paid_out_of_band: boolean;
  payment: string | null;
  payment_method: string | null;
  period_end: number;
  period_start: number;
  starting_balance: number;
  status: "DRAFT" | "OPEN" | "PAID" | "UNCOLLECTIBLE" | "VOID";
  subscription: string | null;
  subtotal: number;
  test_clock: string | null;
  total: number;
}

/** A new invoice, a draft, with all items of the customer that wait in its currency, unless they are excluded. With `auto_advance` it is charged by itself once it is finalized, and again by the account's dunning. */
export interface InvoiceDraft {
  customer: string;
  currency?: string | null;
  collection_method?: "CHARGE_AUTOMATICALLY" | "SEND_INVOICE";
  days_until_due?: number | null;
  payment_method?: string | null;
  auto_advance?: boolean;
  pending_invoice_items_behavior?: "EXCLUDE" | "INCLUDE";
  description?: string | null;
  metadata?: Record<string, string | number | boolean | null> | "" | null;
  expand?: string[];
}

/** `amount` in minor units of `currency`; `invoice` is null while it waits. */
export interface InvoiceItem {
  id: string;
  object: "invoice_item";
  amount: number;
  created: number;
  updated: number;
  currency: string;
  customer: string;
  description: string;
  invoice: string | null;
  livemode: boolean;
  metadata: Record<string, string>;
  price: string | null;
  quantity: number | null;
}

/** Something to put on the customer's next invoice, one that you create, the first or the next of a subscription, or that of a change which is invoiced at once; or on `invoice`, a draft: an `amount` with its `currency`, or a `quantity` of a one-time `price`. Below zero it is a credit. */
export interface InvoiceItemDraft {
  customer: string;
  amount?: number | null;
  currency?: string | null;
  price?: string | null;
  invoice?: string | null;
  quantity?: number;
  description?: string | null;
  metadata?: Record<string, string | number | boolean | null> | "" | null;
  expand?: string[];
}

export interface InvoiceItemsDeleteParams {
  expand?: string[];
}

export interface InvoiceItemsListParams {
  limit?: number;
  starting_after?: string;
  ending_before?: string;
  created?: number | Date | { gt?: number | Date; gte?: number | Date; lt?: number | Date; lte?: number | Date };
  customer?: string;
  invoice?: string;
  pending?: string;
  expand?: string[];
}

export interface InvoiceItemsRetrieveParams {
  as_of?: string;
  expand?: string[];
}

export interface InvoiceItemsSearchParams {
  limit?: number;
  starting_after?: string;
  ending_before?: string;
  created?: number | Date | { gt?: number | Date; gte?: number | Date; lt?: number | Date; lte?: number | Date };
  query: string;
  page?: string;
  expand?: string[];
}

/** Changes to an invoice; what is absent stays as it is. */
export interface InvoicePatch {
  payment_method?: string | null;
  description?: string | null;
  metadata?: Record<string, string | number | boolean | null> | "" | null;
  expand?: string[];
}

export interface InvoicesFinalizeParams {
  expand?: string[];
}

export interface InvoicesLinesParams {
  limit?: number;
  starting_after?: string;
  ending_before?: string;
  expand?: string[];
}

export interface InvoicesListParams {
  limit?: number;
  starting_after?: string;
  ending_before?: string;
  created?: number | Date | { gt?: number | Date; gte?: number | Date; lt?: number | Date; lte?: number | Date };
  customer?: string;
  status?: "DRAFT" | "OPEN" | "PAID" | "UNCOLLECTIBLE" | "VOID";
  subscription?: string;
  collection_method?: "CHARGE_AUTOMATICALLY" | "SEND_INVOICE";
  number?: string;
  test_clock?: string;
  expand?: string[];
}

export interface InvoicesMarkUncollectibleParams {
  expand?: string[];
}

export interface InvoicesRetrieveParams {
  as_of?: string;
  expand?: string[];
}

export interface InvoicesSearchParams {
  limit?: number;
  starting_after?: string;
  ending_before?: string;
  created?: number | Date | { gt?: number | Date; gte?: number | Date; lt?: number | Date; lte?: number | Date };
  query: string;
  page?: string;
  expand?: string[];
}

export interface InvoicesVoidParams {
  expand?: string[];
}

/** A number of units of a price. */
export interface Item {
  id: string;
  object: "subscription_item";
  price: ItemPrice;
  quantity: number;
}

/** A number of units of a price. With `id` it is an item that is there already; `deleted` takes it away. */
export interface ItemDraft {
  price?: string | null;
  quantity?: number | null;
  id?: string | null;
  deleted?: boolean;
}

/** All items of the subscription. */
export interface ItemList {
  object: "list";
  url: string;
  has_more: boolean;
  data: Item[];
}

/** The price of an item, as it was agreed. */
export interface ItemPrice {
  id: string;
  object: "price";
  currency: string;
  nickname: string | null;
  product: string;
  recurring: Recurring | null;
  unit_amount: number | null;
  unit_amount_decimal: string | null;
}

/** `amount` in minor units, below zero for a credit; `arithmetic` writes out how it came about. */
export interface Line {
  id: string;
  object: "line_item";
  amount: number;
  arithmetic: string | null;
  currency: string;
  description: string;
  invoice_item: string | null;
  period: Period;
  price: string | null;
  product: string | null;
  proration: boolean;
  quantity: number | null;
  subscription_item: string | null;
}

/** All lines of the invoice. */
export interface LineList {
  object: "list";
  url: string;
  has_more: boolean;
  data: Line[];
}

/** What becomes of invoices while collection is paused, and until when (Unix seconds). */
export interface Pause {
  behavior: "KEEP_AS_DRAFT" | "MARK_UNCOLLECTIBLE" | "VOID";
  resumes_at: number | null;
}

/** What becomes of invoices while collection is paused: KEEP_AS_DRAFT, MARK_UNCOLLECTIBLE or VOID. */
export interface PauseDraft {
  behavior: "KEEP_AS_DRAFT" | "MARK_UNCOLLECTIBLE" | "VOID";
  resumes_at?: number | Date | null;
}

/** `payment_method`: the one to charge; `paid_out_of_band` records that it was paid in some other way. */
export interface Pay {
  payment_method?: string | null;
  paid_out_of_band?: boolean;
  expand?: string[];
}

/** Amounts in minor units of `currency`; instants in Unix seconds. */
export interface Payment {
  id: string;
  object: "payment";
  amount: number;
  amount_capturable: number;
  amount_received: number;
  amount_refunded: number;
  attempts: Attempt[];
  capture_method: "AUTOMATIC" | "MANUAL";
  created: number;
  updated: number;
  currency: string;
  customer: string | null;
  description: string | null;
  gateway: string | null;
  gateway_reference: string | null;
  invoice: string | null;
  last_payment_error: PaymentError | null;
  livemode: boolean;
  metadata: Record<string, string>;
  payment_method: string | null;
  statement_descriptor: string | null;
  status: "CANCELED" | "FAILED" | "PROCESSING" | "REQUIRES_CAPTURE" | "REQUIRES_CONFIRMATION" | "REQUIRES_PAYMENT_METHOD" | "SUCCEEDED";
  subscription: string | null;
}

/** A new payment of `amount` minor units. It is charged at once unless `confirm` is false. */
export interface PaymentDraft {
  amount: number;
  currency: string;
  customer?: string | null;
  payment_method?: string | null;
  description?: string | null;
  capture_method?: "AUTOMATIC" | "MANUAL";
  confirm?: boolean;
  metadata?: Record<string, string | number | boolean | null> | "" | null;
  statement_descriptor?: string | null;
  expand?: string[];
}

/** Why the last attempt failed, in the words of the API's card errors. */
export interface PaymentError {
  code: string;
  decline_code: string | null;
  message: string;
}

/** A saved card or bank account; `card` or `bank_account` is null, by `type`. */
export interface PaymentMethod {
  id: string;
  object: "payment_method";
  type: "BANK_ACCOUNT" | "CARD";
  customer: string | null;
  card: Card | null;
  bank_account: BankAccount | null;
  billing_details: BillingDetails;
  created: number;
  updated: number;
  livemode: boolean;
  metadata: Record<string, string>;
}

/** A new payment method; with `customer` it is attached at once. */
export interface PaymentMethodDraft {
  type: "BANK_ACCOUNT" | "CARD";
  card?: CardDraft | null;
  bank_account?: BankAccountDraft | null;
  customer?: string | null;
  billing_details?: "" | BillingPatch | null;
  metadata?: Record<string, string | number | boolean | null> | "" | null;
  expand?: string[];
}

/** Changes to a payment method; what is absent stays as it is. */
export interface PaymentMethodPatch {
  card?: ExpiryPatch;
  billing_details?: "" | BillingPatch | null;
  metadata?: Record<string, string | number | boolean | null> | "" | null;
  expand?: string[];
}

export interface PaymentMethodsDetachParams {
  expand?: string[];
}

export interface PaymentMethodsListParams {
  limit?: number;
  starting_after?: string;
  ending_before?: string;
  created?: number | Date | { gt?: number | Date; gte?: number | Date; lt?: number | Date; lte?: number | Date };
  customer?: string;
  type?: "BANK_ACCOUNT" | "CARD";
  expand?: string[];
}

export interface PaymentMethodsRetrieveParams {
  as_of?: string;
  expand?: string[];
}

export interface PaymentMethodsSearchParams {
  limit?: number;
  starting_after?: string;
  ending_before?: string;
  created?: number | Date | { gt?: number | Date; gte?: number | Date; lt?: number | Date; lte?: number | Date };
  query: string;
  page?: string;
  expand?: string[];
}

/** Changes to a payment; amount and method can change only before it is confirmed. */
export interface PaymentPatch {
  amount?: number;
  payment_method?: string | null;
  description?: string | null;
  metadata?: Record<string, string | number | boolean | null> | "" | null;
  statement_descriptor?: string | null;
  expand?: string[];
}

export interface PaymentSchedulesCancelParams {
  expand?: string[];
}

export interface PaymentSchedulesListParams {
  limit?: number;
  starting_after?: string;
  ending_before?: string;
  created?: number | Date | { gt?: number | Date; gte?: number | Date; lt?: number | Date; lte?: number | Date };
  customer?: string;
  status?: "ACTIVE" | "CANCELED" | "COMPLETED";
  expand?: string[];
}

export interface PaymentSchedulesRetrieveParams {
  as_of?: string;
  expand?: string[];
}

export interface PaymentSchedulesSearchParams {
  limit?: number;
  starting_after?: string;
  ending_before?: string;
  created?: number | Date | { gt?: number | Date; gte?: number | Date; lt?: number | Date; lte?: number | Date };
  query: string;
  page?: string;
  expand?: string[];
}

export interface PaymentsCancelParams {
  expand?: string[];
}

export interface PaymentsListParams {
  limit?: number;
  starting_after?: string;
  ending_before?: string;
  created?: number | Date | { gt?: number | Date; gte?: number | Date; lt?: number | Date; lte?: number | Date };
  customer?: string;
  status?: "CANCELED" | "FAILED" | "PROCESSING" | "REQUIRES_CAPTURE" | "REQUIRES_CONFIRMATION" | "REQUIRES_PAYMENT_METHOD" | "SUCCEEDED";
  subscription?: string;
  invoice?: string;
  expand?: string[];
}

export interface PaymentsRetrieveParams {
  as_of?: string;
  expand?: string[];
}

export interface PaymentsSearchParams {
  limit?: number;
  starting_after?: string;
  ending_before?: string;
  created?: number | Date | { gt?: number | Date; gte?: number | Date; lt?: number | Date; lte?: number | Date };
  query: string;
  page?: string;
  expand?: string[];
}

/** A change that is made once `invoice` is paid, and forgotten at `expires_at`. The anchor is set where a new cycle would begin. */
export interface PendingUpdate {
  billing_cycle_anchor: number | null;
  expires_at: number;
  invoice: string;
  subscription_items: Item[];
}

/** From `start` on, and before `end`; Unix seconds. */
export interface Period {
  start: number;
  end: number;
}

/** `date` in Unix seconds; `next_attempt` is null once it is paid, has failed for good or is canceled. */
export interface Planned {
  object: "planned_payment";
  amount: number;
  date: number;
  description: string | null;
  last_error: string | null;
  next_attempt: number | null;
  payment: string | null;
  status: "CANCELED" | "FAILED" | "PAID" | "PROCESSING" | "SCHEDULED";
}

/** One planned payment; `date` in Unix seconds. What has passed is due at once. */
export interface PlannedDraft {
  amount: number;
  date: number | Date;
  description?: string | null;
}

/** A day, week or month, from `start` on; amounts in minor units of `currency`. Subscriptions and `mrr` are as of its end, or of now: `mrr` is what active subscriptions (past due ones too) bring a month, `mrr_trialing` what those on trial will; a year is 12 months, a week 12/52 of one, a day 12/365. `churned` counts those that ended after they had begun to be paid for. */
export interface Point {
  start: number;
  date: string;
  currency: string;
  volume: number;
  net: number;
  refunded: number;
  payments: number;
  failures: number;
  refunds: number;
  new_customers: number;
  active_subscriptions: number;
  trialing_subscriptions: number;
  mrr: number;
  mrr_trialing: number;
  churned: number;
}

/** Of `subscription` its next invoice, with `subscription_details` after that change; of `customer` what waits, or with details the first invoice of a new subscription. */
export interface PreviewDraft {
  customer?: string | null;
  subscription?: string | null;
  subscription_details?: SubscriptionDetails;
  expand?: string[];
}

/** `unit_amount` is null where the price is not a whole number of minor units, or depends on the quantity. */
export interface Price {
  id: string;
  object: "price";
  active: boolean;
  billing_scheme: "PER_UNIT" | "TIERED";
  created: number;
  updated: number;
  currency: string;
  livemode: boolean;
  lookup_key: string | null;
  metadata: Record<string, string>;
  nickname: string | null;
  product: string;
  recurring: Recurring | null;
  tiers: Tier[] | null;
  tiers_mode: "GRADUATED" | "VOLUME" | null;
  type: "ONE_TIME" | "RECURRING";
  unit_amount: number | null;
  unit_amount_decimal: string | null;
}

/** A new price of `product`, or of a product made of `product_data`. What it costs can never change. */
export interface PriceDraft {
  currency: string;
  id?: string | null;
  product?: string | null;
  product_data?: ProductData | null;
  unit_amount?: number | null;
  unit_amount_decimal?: string | number | null;
  recurring?: RecurringDraft | null;
  billing_scheme?: "PER_UNIT" | "TIERED";
  tiers_mode?: "GRADUATED" | "VOLUME" | null;
  tiers?: TierDraft[] | null;
  lookup_key?: string | null;
  transfer_lookup_key?: boolean;
  nickname?: string | null;
  active?: boolean;
  metadata?: Record<string, string | number | boolean | null> | "" | null;
  expand?: string[];
}

/** Changes to a price; the amount and the cycle are not among them. */
export interface PricePatch {
  nickname?: string | null;
  active?: boolean;
  lookup_key?: string | null;
  transfer_lookup_key?: boolean;
  metadata?: Record<string, string | number | boolean | null> | "" | null;
  expand?: string[];
}

export interface PricesListParams {
  limit?: number;
  starting_after?: string;
  ending_before?: string;
  created?: number | Date | { gt?: number | Date; gte?: number | Date; lt?: number | Date; lte?: number | Date };
  product?: string;
  active?: boolean;
  currency?: string;
  lookup_key?: string;
  type?: "ONE_TIME" | "RECURRING";
  lookup_keys?: string[];
  products?: string[];
  expand?: string[];
}

export interface PricesRetrieveParams {
  as_of?: string;
  expand?: string[];
}

export interface PricesSearchParams {
  limit?: number;
  starting_after?: string;
  ending_before?: string;
  created?: number | Date | { gt?: number | Date; gte?: number | Date; lt?: number | Date; lte?: number | Date };
  query: string;
  page?: string;
  expand?: string[];
}

/** Instants are Unix seconds. */
export interface Product {
  id: string;
  object: "product";
  active: boolean;
  created: number;
  updated: number;
  description: string | null;
  livemode: boolean;
  metadata: Record<string, string>;
  name: string;
}

/** The product to make together with the price. */
export interface ProductData {
  name: string;
  id?: string | null;
}

/** A new product; `id` may be chosen. */
export interface ProductDraft {
  name: string;
  id?: string | null;
  description?: string | null;
  active?: boolean;
  metadata?: Record<string, string | number | boolean | null> | "" | null;
  expand?: string[];
}

/** Changes to a product; what is absent stays as it is. */
export interface ProductPatch {
  name?: string;
  description?: string | null;
  active?: boolean;
  metadata?: Record<string, string | number | boolean | null> | "" | null;
  expand?: string[];
}

export interface ProductsDeleteParams {
  expand?: string[];
}

export interface ProductsListParams {
  limit?: number;
  starting_after?: string;
  ending_before?: string;
  created?: number | Date | { gt?: number | Date; gte?: number | Date; lt?: number | Date; lte?: number | Date };
  active?: boolean;
  expand?: string[];
}

export interface ProductsRetrieveParams {
  as_of?: string;
  expand?: string[];
}

export interface ProductsSearchParams {
  limit?: number;
  starting_after?: string;
  ending_before?: string;
  created?: number | Date | { gt?: number | Date; gte?: number | Date; lt?: number | Date; lte?: number | Date };
  query: string;
  page?: string;
  expand?: string[];
}

/** `lag_seconds`: how long the next event has been waiting. `stopped` names the event that cannot be projected. */
export interface ProjectionStatus {
  name: string;
  object: "projection";
  version: number;
  shard: number;
  position: number;
  lag_events: number;
  lag_seconds: number;
  state: string;
  reason: string | null;
  event: string | null;
}

export interface ProjectionsListParams {
  expand?: string[];
}

/** A period lasts `interval_count` intervals. */
export interface Recurring {
  interval: "DAY" | "MONTH" | "WEEK" | "YEAR";
  interval_count: number;
}

/** How long a period is. */
export interface RecurringDraft {
  interval: "DAY" | "MONTH" | "WEEK" | "YEAR";
  interval_count?: number;
}

/** `amount` in minor units of `currency`. */
export interface Refund {
  id: string;
  object: "refund";
  amount: number;
  created: number;
  updated: number;
  currency: string;
  customer: string | null;
  failure_reason: string | null;
  gateway_reference: string | null;
  livemode: boolean;
  metadata: Record<string, string>;
  payment: string;
  reason: "DUPLICATE" | "FRAUDULENT" | "REQUESTED_BY_CUSTOMER" | null;
  status: "FAILED" | "PENDING" | "SUCCEEDED";
}

/** A refund of `amount` minor units; of all that is left when no amount is named. */
export interface RefundDraft {
  payment: string;
  amount?: number | null;
  reason?: "DUPLICATE" | "FRAUDULENT" | "REQUESTED_BY_CUSTOMER" | "" | null;
  metadata?: Record<string, string | number | boolean | null> | "" | null;
  expand?: string[];
}

/** Changes to a refund; only its metadata can change. */
export interface RefundPatch {
  metadata?: Record<string, string | number | boolean | null> | "" | null;
  expand?: string[];
}

export interface RefundsFailParams {
  expand?: string[];
}

export interface RefundsListParams {
  limit?: number;
  starting_after?: string;
  ending_before?: string;
  created?: number | Date | { gt?: number | Date; gte?: number | Date; lt?: number | Date; lte?: number | Date };
  payment?: string;
  customer?: string;
  expand?: string[];
}

export interface RefundsRetrieveParams {
  as_of?: string;
  expand?: string[];
}

export interface RefundsSearchParams {
  limit?: number;
  starting_after?: string;
  ending_before?: string;
  created?: number | Date | { gt?: number | Date; gte?: number | Date; lt?: number | Date; lte?: number | Date };
  query: string;
  page?: string;
  expand?: string[];
}

/** What stands in the log from `from_position` on, up to where the replay was asked for, is sent once more. */
export interface Replay {
  id: string;
  object: "webhook_replay";
  webhook_endpoint: string;
  from_position: number;
  livemode: boolean;
}

/** Where to begin: after a position of the log (0 is its beginning), or at an instant in Unix seconds. */
export interface ReplayDraft {
  from_position?: number | null;
  since?: number | Date | null;
  expand?: string[];
}

/** `endpoint`: the id of a webhook endpoint (we_…). */
export interface ResendDraft {
  endpoint: string;
  expand?: string[];
}

/** `unchanged` goes on with the period that is paid for, while it lasts; `now` begins a new one at once. */
export interface Resumption {
  billing_cycle_anchor?: "now" | "unchanged";
  expand?: string[];
}

/** `expires_in`: how many seconds the old secret keeps working, 24 hours unless said otherwise, 7 days at most; 0 closes it now. `grace_seconds` is another name for it. */
export interface Roll {
  expires_in?: number | null;
  grace_seconds?: number | null;
  expand?: string[];
}

/** Amounts in minor units of `currency`; `amount_paid` of `total_amount` is paid. */
export interface Schedule {
  id: string;
  object: "payment_schedule";
  amount_paid: number;
  canceled_at: number | null;
  completed_at: number | null;
  created: number;
  updated: number;
  currency: string;
  customer: string;
  livemode: boolean;
  metadata: Record<string, string>;
  payment_method: string | null;
  payments: Planned[];
  status: "ACTIVE" | "CANCELED" | "COMPLETED";
  test_clock: string | null;
  total_amount: number;
}

/** A new schedule: `payments` with their dates, or a `total_amount` in `installments` from `start_date` on, the first of them after a deposit where one is asked for. Each is charged when its date comes, one with a date in the past at once, one after another. */
export interface ScheduleDraft {
  customer: string;
  currency: string;
  payments?: PlannedDraft[] | null;
  total_amount?: number | null;
  installments?: InstallmentsDraft | null;
  start_date?: number | Date | null;
  deposit_percent?: number | null;
  deposit_amount?: number | null;
  payment_method?: string | null;
  metadata?: Record<string, string | number | boolean | null> | "" | null;
  expand?: string[];
}

/** Changes to a schedule; what is absent stays as it is. */
export interface SchedulePatch {
  payment_method?: string | null;
  metadata?: Record<string, string | number | boolean | null> | "" | null;
  expand?: string[];
}

/** `grace_seconds`: how long everything is signed with the old secret too, 24 hours unless said otherwise, 7 days at most. */
export interface SecretRoll {
  grace_seconds?: number;
  expand?: string[];
}

/** Instants in Unix seconds. `price` and `quantity` are those of the first item; `cancel_at` is the end of the period where it ends with that. */
export interface Subscription {
  id: string;
  object: "subscription";
  billing_cycle_anchor: number;
  cancel_at: number | null;
  cancel_at_period_end: boolean;
  canceled_at: number | null;
  collection_method: "CHARGE_AUTOMATICALLY" | "SEND_INVOICE";
  created: number;
  updated: number;
  currency: string;
  current_period_end: number;
  current_period_start: number;
  customer: string;
  days_until_due: number | null;
  default_payment_method: string | null;
  end_reason: "asked" | "cancel_at" | "customer_deleted" | "dunning" | "period_end" | "trial_without_method" | null;
  ended_at: number | null;
  items: ItemList;
  latest_invoice: string | null;
  livemode: boolean;
  metadata: Record<string, string>;
  pause_collection: Pause | null;
  payment_behavior: "ALLOW_INCOMPLETE" | "DEFAULT_INCOMPLETE" | "ERROR_IF_INCOMPLETE" | "PENDING_IF_INCOMPLETE";
  pending_update: PendingUpdate | null;
  price: string;
  quantity: number;
  start_date: number;
  status: "ACTIVE" | "CANCELED" | "INCOMPLETE" | "INCOMPLETE_EXPIRED" | "PAST_DUE" | "PAUSED" | "TRIALING" | "UNPAID";
  test_clock: string | null;
  timezone: string;
  trial_end: number | null;
  trial_settings: TrialSettings;
  trial_start: number | null;
}

/** The change, or the new subscription, whose invoice is asked for. */
export interface SubscriptionDetails {
  price?: string;
  quantity?: number;
  items?: ItemDraft[];
  proration_behavior?: "ALWAYS_INVOICE" | "CREATE_PRORATIONS" | "NONE";
  billing_cycle_anchor?: number | Date | "now" | "unchanged";
}

/** A new subscription of a customer to `price`, or to several `items`. */
export interface SubscriptionDraft {
  customer: string;
  price?: string | null;
  quantity?: number | null;
  items?: ItemDraft[] | null;
  payment_behavior?: "ALLOW_INCOMPLETE" | "DEFAULT_INCOMPLETE" | "ERROR_IF_INCOMPLETE" | "PENDING_IF_INCOMPLETE";
  default_payment_method?: string | null;
  trial_period_days?: number | null;
  trial_end?: number | Date | "now" | null;
  trial_settings?: TrialSettingsDraft | null;
  billing_cycle_anchor?: number | Date | null;
  backdate_start_date?: number | Date | null;
  proration_behavior?: "ALWAYS_INVOICE" | "CREATE_PRORATIONS" | "NONE";
  cancel_at_period_end?: boolean;
  cancel_at?: number | Date | null;
  collection_method?: "CHARGE_AUTOMATICALLY" | "SEND_INVOICE";
  days_until_due?: number | null;
  metadata?: Record<string, string | number | boolean | null> | "" | null;
  expand?: string[];
}

/** Changes to a subscription; what is absent stays as it is. */
export interface SubscriptionPatch {
  price?: string;
  quantity?: number;
  items?: ItemDraft[];
  payment_behavior?: "ALLOW_INCOMPLETE" | "DEFAULT_INCOMPLETE" | "ERROR_IF_INCOMPLETE" | "PENDING_IF_INCOMPLETE";
  proration_behavior?: "ALWAYS_INVOICE" | "CREATE_PRORATIONS" | "NONE";
  billing_cycle_anchor?: "now" | "unchanged";
  default_payment_method?: string | null;
  trial_end?: number | Date | "now";
  trial_settings?: TrialSettingsDraft;
  cancel_at_period_end?: boolean;
  cancel_at?: number | Date | "" | null;
  collection_method?: "CHARGE_AUTOMATICALLY" | "SEND_INVOICE";
  days_until_due?: number | null;
  pause_collection?: "" | PauseDraft | null;
  metadata?: Record<string, string | number | boolean | null> | "" | null;
  expand?: string[];
}

export interface SubscriptionsListParams {
  limit?: number;
  starting_after?: string;
  ending_before?: string;
  created?: number | Date | { gt?: number | Date; gte?: number | Date; lt?: number | Date; lte?: number | Date };
  customer?: string;
  price?: string;
  status?: "ACTIVE" | "CANCELED" | "INCOMPLETE" | "INCOMPLETE_EXPIRED" | "PAST_DUE" | "PAUSED" | "TRIALING" | "UNPAID";
  test_clock?: string;
  expand?: string[];
}

export interface SubscriptionsPauseParams {
  expand?: string[];
}

export interface SubscriptionsRetrieveParams {
  as_of?: string;
  expand?: string[];
}

export interface SubscriptionsSearchParams {
  limit?: number;
  starting_after?: string;
  ending_before?: string;
  created?: number | Date | { gt?: number | Date; gte?: number | Date; lt?: number | Date; lte?: number | Date };
  query: string;
  page?: string;
  expand?: string[];
}

/** `frozen_time` is the time on the clock; `target_frozen_time` where it goes while ADVANCING. Unix seconds. */
export interface TestClock {
  id: string;
  object: "test_clock";
  created: number;
  updated: number;
  frozen_time: number;
  livemode: boolean;
  name: string | null;
  status: "ADVANCING" | "READY";
  target_frozen_time: number | null;
}

/** A new clock that shows `frozen_time`, in Unix seconds. */
export interface TestClockDraft {
  frozen_time: number | Date;
  name?: string | null;
  expand?: string[];
}

export interface TestClocksDeleteParams {
  expand?: string[];
}

export interface TestClocksListParams {
  limit?: number;
  starting_after?: string;
  ending_before?: string;
  created?: number | Date | { gt?: number | Date; gte?: number | Date; lt?: number | Date; lte?: number | Date };
  expand?: string[];
}

export interface TestClocksRetrieveParams {
  as_of?: string;
  expand?: string[];
}

/** Amounts in minor units: whole ones, and beside them the same as decimals. */
export interface Tier {
  flat_amount: number | null;
  flat_amount_decimal: string;
  unit_amount: number | null;
  unit_amount_decimal: string;
  up_to: number | null;
}

/** Units up to `up_to`; the last tier is for all further ones, `inf`. */
export interface TierDraft {
  up_to?: number | string | null;
  unit_amount?: number | null;
  unit_amount_decimal?: string | number | null;
  flat_amount?: number | null;
  flat_amount_decimal?: string | number | null;
}

/** How a trial ends. */
export interface TrialSettings {
  end_behavior: EndBehavior;
}

/** How a trial ends. */
export interface TrialSettingsDraft {
  end_behavior: EndBehaviorDraft;
}

/** `secret` is there only in the answers that made it. `failing_since`: it was disabled because nothing had reached it since then. Instants are Unix seconds. */
export interface WebhookEndpoint {
  id: string;
  object: "webhook_endpoint";
  created: number;
  updated: number;
  description: string | null;
  enabled_events: string[];
  failing_since: number | null;
  livemode: boolean;
  metadata: Record<string, string>;
  status: "DISABLED" | "ENABLED";
  url: string;
  secret: string;
}

/** A new endpoint. `enabled_events`: types such as `customer.created`, groups such as `customer.*`, or `*`. */
export interface WebhookEndpointDraft {
  url: string;
  enabled_events: string[];
  description?: string | null;
  metadata?: Record<string, string | number | boolean | null> | "" | null;
  expand?: string[];
}

/** Changes to an endpoint; what is absent stays as it is. `disabled` is another way to say `status`. */
export interface WebhookEndpointPatch {
  url?: string;
  enabled_events?: string[];
  description?: string | null;
  metadata?: Record<string, string | number | boolean | null> | "" | null;
  status?: "DISABLED" | "ENABLED";
  disabled?: boolean;
  expand?: string[];
}

export interface WebhookEndpointsDeleteParams {
  expand?: string[];
}

export interface WebhookEndpointsDeliveriesParams {
  limit?: number;
  starting_after?: string;
  ending_before?: string;
  created?: number | Date | { gt?: number | Date; gte?: number | Date; lt?: number | Date; lte?: number | Date };
  status?: "CANCELED" | "DELIVERED" | "FAILED" | "PENDING";
  event?: string;
  expand?: string[];
}

export interface WebhookEndpointsListParams {
  limit?: number;
  starting_after?: string;
  ending_before?: string;
  created?: number | Date | { gt?: number | Date; gte?: number | Date; lt?: number | Date; lte?: number | Date };
  status?: "DISABLED" | "ENABLED";
  expand?: string[];
}

export interface WebhookEndpointsRetrieveParams {
  as_of?: string;
  expand?: string[];
}

export interface WebhookEndpointsSearchParams {
  limit?: number;
  starting_after?: string;
  ending_before?: string;
  created?: number | Date | { gt?: number | Date; gte?: number | Date; lt?: number | Date; lte?: number | Date };
  query: string;
  page?: string;
  expand?: string[];
}

export interface WebhookEndpointsTestParams {
  expand?: string[];
}

export interface AccountResource {
  /** Retrieve the account */
  retrieve(params?: AccountRetrieveParams, options?: RequestOptions): Promise<Account>;
  /** Update the account */
  update(params?: AccountPatch, options?: RequestOptions): Promise<Account>;
}

export interface AnalyticsResource {
  /** Analytics of the account over time */
  list(params?: AnalyticsListParams, options?: RequestOptions): PagePromise<Point>;
}

export interface ApiKeysResource {
  /** Create an API key */
  create(params?: ApiKeyDraft, options?: RequestOptions): Promise<ApiKey>;
  /** Retrieve an API key */
  retrieve(id: string, params?: ApiKeysRetrieveParams, options?: RequestOptions): Promise<ApiKey>;
  /** List API keys */
  list(params?: ApiKeysListParams, options?: RequestOptions): PagePromise<ApiKey>;
  /** Revoke an API key */
  revoke(id: string, params?: ApiKeysRevokeParams, options?: RequestOptions): Promise<ApiKey>;
  /** Roll an API key */
  roll(id: string, params?: Roll, options?: RequestOptions): Promise<ApiKey>;
}

export interface CustomersResource {
  /** Create a customer */
  create(params: CustomerDraft, options?: RequestOptions): Promise<Customer>;
  /** Retrieve a customer */
  retrieve(id: string, params?: CustomersRetrieveParams, options?: RequestOptions): Promise<Customer>;
  /** Update a customer */
  update(id: string, params?: CustomerPatch, options?: RequestOptions): Promise<Customer>;
  /** Delete a customer */
  del(id: string, params?: CustomersDeleteParams, options?: RequestOptions): Promise<Deleted>;
  /** List customers */
  list(params?: CustomersListParams, options?: RequestOptions): PagePromise<Customer>;
  /** Search customers */
  search(params: CustomersSearchParams, options?: RequestOptions): PagePromise<Customer>;
  /** Analytics of a customer */
  analytics(id: string, params?: CustomersAnalyticsParams, options?: RequestOptions): Promise<CustomerAnalytics>;
  /** Explain a figure of a customer's analytics */
  analyticsExplain(id: string, params?: CustomersAnalyticsExplainParams, options?: RequestOptions): PagePromise<ExplainedAmount>;
  /** List likely duplicates of customers */
  duplicates(params?: CustomersDuplicatesParams, options?: RequestOptions): PagePromise<DuplicateGroup>;
  /** Erase a customer's personal data */
  erase(id: string, params?: ErasureDraft, options?: RequestOptions): Promise<Erasure>;
  /** History of a customer */
  history(id: string, params?: CustomersHistoryParams, options?: RequestOptions): PagePromise<Entry>;
  /** List the payment methods of a customer */
  paymentMethods(id: string, params?: CustomersPaymentMethodsParams, options?: RequestOptions): PagePromise<PaymentMethod>;
}

export interface EventsResource {
  /** Retrieve an event */
  retrieve(id: string, params?: EventsRetrieveParams, options?: RequestOptions): Promise<Event>;
  /** List events */
  list(params?: EventsListParams, options?: RequestOptions): PagePromise<Event>;
  /** Send an event again */
  resend(id: string, params: ResendDraft, options?: RequestOptions): Promise<Delivery>;
}

export interface InvoiceItemsResource {
  /** Create an invoice item */
  create(params: InvoiceItemDraft, options?: RequestOptions): Promise<InvoiceItem>;
  /** Retrieve an invoice item */
  retrieve(id: string, params?: InvoiceItemsRetrieveParams, options?: RequestOptions): Promise<InvoiceItem>;
  /** Delete an invoice item */
  del(id: string, params?: InvoiceItemsDeleteParams, options?: RequestOptions): Promise<Deleted>;
  /** List invoice items */
  list(params?: InvoiceItemsListParams, options?: RequestOptions): PagePromise<InvoiceItem>;
  /** Search invoice items */
  search(params: InvoiceItemsSearchParams, options?: RequestOptions): PagePromise<InvoiceItem>;
}

export interface InvoicesResource {
  /** Create an invoice */
  create(params: InvoiceDraft, options?: RequestOptions): Promise<Invoice>;
  /** Retrieve an invoice */
  retrieve(id: string, params?: InvoicesRetrieveParams, options?: RequestOptions): Promise<Invoice>;
  /** Update an invoice */
  update(id: string, params?: InvoicePatch, options?: RequestOptions): Promise<Invoice>;
  /** List invoices */
  list(params?: InvoicesListParams, options?: RequestOptions): PagePromise<Invoice>;
  /** Search invoices */
  search(params: InvoicesSearchParams, options?: RequestOptions): PagePromise<Invoice>;
  /** Preview an invoice */
  createPreview(params?: PreviewDraft, options?: RequestOptions): Promise<Invoice>;
  /** Finalize an invoice */
  finalize(id: string, params?: InvoicesFinalizeParams, options?: RequestOptions): Promise<Invoice>;
  /** List the lines of an invoice */
  lines(id: string, params?: InvoicesLinesParams, options?: RequestOptions): PagePromise<Line>;
  /** Write an invoice off */
  markUncollectible(id: string, params?: InvoicesMarkUncollectibleParams, options?: RequestOptions): Promise<Invoice>;
  /** Pay an invoice */
  pay(id: string, params?: Pay, options?: RequestOptions): Promise<Invoice>;
  /** Void an invoice */
  void(id: string, params?: InvoicesVoidParams, options?: RequestOptions): Promise<Invoice>;
}

export interface PaymentMethodsResource {
  /** Create a payment method */
  create(params: PaymentMethodDraft, options?: RequestOptions): Promise<PaymentMethod>;
  /** Retrieve a payment method */
  retrieve(id: string, params?: PaymentMethodsRetrieveParams, options?: RequestOptions): Promise<PaymentMethod>;
  /** Update a payment method */
  update(id: string, params?: PaymentMethodPatch, options?: RequestOptions): Promise<PaymentMethod>;
  /** List payment methods */
  list(params?: PaymentMethodsListParams, options?: RequestOptions): PagePromise<PaymentMethod>;
  /** Search payment methods */
  search(params: PaymentMethodsSearchParams, options?: RequestOptions): PagePromise<PaymentMethod>;
  /** Attach a payment method to a customer */
  attach(id: string, params: Attachment, options?: RequestOptions): Promise<PaymentMethod>;
  /** Detach a payment method from its customer */
  detach(id: string, params?: PaymentMethodsDetachParams, options?: RequestOptions): Promise<PaymentMethod>;
}

export interface PaymentSchedulesResource {
  /** Create a payment schedule */
  create(params: ScheduleDraft, options?: RequestOptions): Promise<Schedule>;
  /** Retrieve a payment schedule */
  retrieve(id: string, params?: PaymentSchedulesRetrieveParams, options?: RequestOptions): Promise<Schedule>;
  /** Update a payment schedule */
  update(id: string, params?: SchedulePatch, options?: RequestOptions): Promise<Schedule>;
  /** List payment schedules */
  list(params?: PaymentSchedulesListParams, options?: RequestOptions): PagePromise<Schedule>;
  /** Search payment schedules */
  search(params: PaymentSchedulesSearchParams, options?: RequestOptions): PagePromise<Schedule>;
  /** Cancel a payment schedule */
  cancel(id: string, params?: PaymentSchedulesCancelParams, options?: RequestOptions): Promise<Schedule>;
}

export interface PaymentsResource {
  /** Create a payment */
  create(params: PaymentDraft, options?: RequestOptions): Promise<Payment>;
  /** Retrieve a payment */
  retrieve(id: string, params?: PaymentsRetrieveParams, options?: RequestOptions): Promise<Payment>;
  /** Update a payment */
  update(id: string, params?: PaymentPatch, options?: RequestOptions): Promise<Payment>;
  /** List payments */
  list(params?: PaymentsListParams, options?: RequestOptions): PagePromise<Payment>;
  /** Search payments */
  search(params: PaymentsSearchParams, options?: RequestOptions): PagePromise<Payment>;
  /** Cancel a payment */
  cancel(id: string, params?: PaymentsCancelParams, options?: RequestOptions): Promise<Payment>;
  /** Capture an authorized payment */
  capture(id: string, params?: Capture, options?: RequestOptions): Promise<Payment>;
  /** Confirm a payment */
  confirm(id: string, params?: Confirmation, options?: RequestOptions): Promise<Payment>;
}

export interface PricesResource {
  /** Create a price */
  create(params: PriceDraft, options?: RequestOptions): Promise<Price>;
  /** Retrieve a price */
  retrieve(id: string, params?: PricesRetrieveParams, options?: RequestOptions): Promise<Price>;
  /** Update a price */
  update(id: string, params?: PricePatch, options?: RequestOptions): Promise<Price>;
  /** List prices */
  list(params?: PricesListParams, options?: RequestOptions): PagePromise<Price>;
  /** Search prices */
  search(params: PricesSearchParams, options?: RequestOptions): PagePromise<Price>;
}

export interface ProductsResource {
  /** Create a product */
  create(params: ProductDraft, options?: RequestOptions): Promise<Product>;
  /** Retrieve a product */
  retrieve(id: string, params?: ProductsRetrieveParams, options?: RequestOptions): Promise<Product>;
  /** Update a product */
  update(id: string, params?: ProductPatch, options?: RequestOptions): Promise<Product>;
  /** Delete a product without prices */
  del(id: string, params?: ProductsDeleteParams, options?: RequestOptions): Promise<Deleted>;
  /** List products */
  list(params?: ProductsListParams, options?: RequestOptions): PagePromise<Product>;
  /** Search products */
  search(params: ProductsSearchParams, options?: RequestOptions): PagePromise<Product>;
}

export interface RefundsResource {
  /** Create a refund */
  create(params: RefundDraft, options?: RequestOptions): Promise<Refund>;
  /** Retrieve a refund */
  retrieve(id: string, params?: RefundsRetrieveParams, options?: RequestOptions): Promise<Refund>;
  /** Update a refund */
  update(id: string, params?: RefundPatch, options?: RequestOptions): Promise<Refund>;
  /** List refunds */
  list(params?: RefundsListParams, options?: RequestOptions): PagePromise<Refund>;
  /** Search refunds */
  search(params: RefundsSearchParams, options?: RequestOptions): PagePromise<Refund>;
}

export interface SubscriptionsResource {
  /** Create a subscription */
  create(params: SubscriptionDraft, options?: RequestOptions): Promise<Subscription>;
  /** Retrieve a subscription */
  retrieve(id: string, params?: SubscriptionsRetrieveParams, options?: RequestOptions): Promise<Subscription>;
  /** Update a subscription */
  update(id: string, params?: SubscriptionPatch, options?: RequestOptions): Promise<Subscription>;
  /** Cancel a subscription */
  del(id: string, params?: Cancellation, options?: RequestOptions): Promise<Subscription>;
  /** Cancel a subscription */
  cancel(id: string, params?: Cancellation, options?: RequestOptions): Promise<Subscription>;
  /** List subscriptions */
  list(params?: SubscriptionsListParams, options?: RequestOptions): PagePromise<Subscription>;
  /** Search subscriptions */
  search(params: SubscriptionsSearchParams, options?: RequestOptions): PagePromise<Subscription>;
  /** Pause a subscription */
  pause(id: string, params?: SubscriptionsPauseParams, options?: RequestOptions): Promise<Subscription>;
  /** Resume a subscription */
  resume(id: string, params?: Resumption, options?: RequestOptions): Promise<Subscription>;
}

export interface SystemProjectionsResource {
  /** Where each read model stands */
  list(params?: ProjectionsListParams, options?: RequestOptions): PagePromise<ProjectionStatus>;
}

export interface TestHelpersRefundsResource {
  /** Make a refund fail that had succeeded */
  fail(id: string, params?: RefundsFailParams, options?: RequestOptions): Promise<Refund>;
}

export interface TestHelpersTestClocksResource {
  /** Create a test clock */
  create(params: TestClockDraft, options?: RequestOptions): Promise<TestClock>;
  /** Retrieve a test clock */
  retrieve(id: string, params?: TestClocksRetrieveParams, options?: RequestOptions): Promise<TestClock>;
  /** Delete a test clock */
  del(id: string, params?: TestClocksDeleteParams, options?: RequestOptions): Promise<Deleted>;
  /** List test clocks */
  list(params?: TestClocksListParams, options?: RequestOptions): PagePromise<TestClock>;
  /** Advance a test clock */
  advance(id: string, params: Advance, options?: RequestOptions): Promise<TestClock>;
}

export interface WebhookEndpointsResource {
  /** Create a webhook endpoint */
  create(params: WebhookEndpointDraft, options?: RequestOptions): Promise<WebhookEndpoint>;
  /** Retrieve a webhook endpoint */
  retrieve(id: string, params?: WebhookEndpointsRetrieveParams, options?: RequestOptions): Promise<WebhookEndpoint>;
  /** Update a webhook endpoint */
  update(id: string, params?: WebhookEndpointPatch, options?: RequestOptions): Promise<WebhookEndpoint>;
  /** Delete a webhook endpoint */
  del(id: string, params?: WebhookEndpointsDeleteParams, options?: RequestOptions): Promise<Deleted>;
  /** List webhook endpoints */
  list(params?: WebhookEndpointsListParams, options?: RequestOptions): PagePromise<WebhookEndpoint>;
  /** Search webhook endpoints */
  search(params: WebhookEndpointsSearchParams, options?: RequestOptions): PagePromise<WebhookEndpoint>;
  /** List what was sent to a webhook endpoint */
  deliveries(id: string, params?: WebhookEndpointsDeliveriesParams, options?: RequestOptions): PagePromise<Delivery>;
  /** Send a webhook endpoint earlier events again */
  replay(id: string, params?: ReplayDraft, options?: RequestOptions): Promise<Replay>;
  /** Roll the secret of a webhook endpoint */
  rollSecret(id: string, params?: SecretRoll, options?: RequestOptions): Promise<WebhookEndpoint>;
  /** Send a test event to a webhook endpoint */
  test(id: string, params?: WebhookEndpointsTestParams, options?: RequestOptions): Promise<Delivery>;
}

export interface Resources {
  account: AccountResource;
  analytics: AnalyticsResource;
  apiKeys: ApiKeysResource;
  customers: CustomersResource;
  events: EventsResource;
  invoiceItems: InvoiceItemsResource;
  invoices: InvoicesResource;
  paymentMethods: PaymentMethodsResource;
  paymentSchedules: PaymentSchedulesResource;
  payments: PaymentsResource;
  prices: PricesResource;
  products: ProductsResource;
  refunds: RefundsResource;
  subscriptions: SubscriptionsResource;
  system: {
    projections: SystemProjectionsResource;
  };
  testHelpers: {
    refunds: TestHelpersRefundsResource;
    testClocks: TestHelpersTestClocksResource;
  };
  webhookEndpoints: WebhookEndpointsResource;
}
