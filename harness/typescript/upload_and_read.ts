// Signs in, uploads an ECG and reads its insights, by the types of the merged document alone.
// Arguments: the query API's address, the ingest API's, an e-mail address; the password is ECG_PASSWORD.
import createClient from "openapi-fetch";
import type { paths } from "./merged.js";

const [queryUrl, ingestUrl, username] = process.argv.slice(2);
const query = createClient<paths>({ baseUrl: queryUrl });
const ingest = createClient<paths>({ baseUrl: ingestUrl });

const signedIn = await query.POST("/v1/token", {
  body: { grant_type: "password", username, password: process.env.ECG_PASSWORD ?? "", scope: "" },
  headers: { "Content-Type": "application/x-www-form-urlencoded" },
  bodySerializer: (form) => new URLSearchParams(form),
});
if (signedIn.data === undefined) throw new Error(signedIn.error.detail);
const headers = { Authorization: `Bearer ${signedIn.data.access_token}` };

const sent = await ingest.POST("/v1/ecgs", {
  headers,
  body: { id: "from-typescript", leads: [{ name: "II", signal: [1, -1, null, 1] }] },
});
if (sent.data === undefined) throw new Error(sent.error.detail);

const receipt = new URL(sent.response.headers.get("location") ?? "").searchParams.get("receipt") ?? undefined;
const found = await query.GET("/v1/ecgs/{ecg_id}/insights", {
  headers,
  params: { path: { ecg_id: sent.data.id }, query: { receipt }, header: { Prefer: "wait=20" } },
});
if (found.data === undefined) throw new Error(found.error?.detail);
console.log(found.data.insights.map(({ name, leads }) => `${name} ${leads.map((lead) => lead.value)}`).join());
