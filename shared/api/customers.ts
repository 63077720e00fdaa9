import { z } from "zod";
import { CustomerId } from "../domain/access/ids";
import { listErrors, listOf, pageQuery } from "./list";
import { defineRoute } from "./route";
import { SearchText } from "./shared-views";

export const CustomerView = z
  .object({
    id: CustomerId,
    name: z.string(),
    externalReference: z.string().optional(),
    createdAt: z.iso.datetime(),
    modifiedAt: z.iso.datetime(),
  })
  .meta({ id: "Customer" });

const name = z.string().trim().min(1).max(100);
const externalReference = z.string().trim().min(1).max(100);
const duplicate = { status: 409, description: "Another customer has this name." };

export const listCustomersRoute = defineRoute({
  name: "listCustomers",
  operations: ["C18"],
  method: "GET",
  path: "/api/v1/csp/customers",
  summary: "List customers",
  tag: "Customers",
  permission: "tenant.read",
  query: z.strictObject({ ...pageQuery, search: SearchText }),
  responses: { 200: { description: "A page of customers, newest first.", schema: listOf(CustomerView) } },
  errors: listErrors,
});

export const createCustomerRoute = defineRoute({
  name: "createCustomer",
  operations: ["C63"],
  method: "POST",
  path: "/api/v1/csp/customers",
  summary: "Create a customer",
  description: "Audit: `customer.create`.",
  tag: "Customers",
  permission: "tenant.manage",
  body: z.strictObject({ name, externalReference: externalReference.optional() }),
  responses: { 201: { description: "The customer.", schema: CustomerView } },
  errors: { duplicate },
});

export const changeCustomerRoute = defineRoute({
  name: "changeCustomer",
  operations: ["C63"],
  method: "PATCH",
  path: "/api/v1/csp/customers/{customerId}",
  summary: "Rename a customer or set its reference",
  description: "Audit: `customer.update`.",
  tag: "Customers",
  permission: "tenant.manage",
  params: z.object({ customerId: CustomerId }),
  body: z
    .strictObject({ name: name.optional(), externalReference: externalReference.optional() })
    .refine((body) => Object.keys(body).length > 0, "name at least one field to change"),
  concurrency: "ifMatch",
  responses: { 200: { description: "The customer as it is now.", schema: CustomerView } },
  errors: { duplicate },
});

export const getCustomerRoute = defineRoute({
  name: "getCustomer",
  operations: ["C63"],
  method: "GET",
  path: "/api/v1/csp/customers/{customerId}",
  summary: "Get a customer",
  description: "Its ETag is what a change of it has to name.",
  tag: "Customers",
  permission: "tenant.read",
  params: z.object({ customerId: CustomerId }),
  responses: { 200: { description: "The customer.", schema: CustomerView } },
});
