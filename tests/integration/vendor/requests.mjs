// Signs requests anew with the vendor's own code: reads [{method, query, headers, key, secret}] as JSON from standard
// input, and prints the Authorization header that the vendor's client would have sent with each.
//   VENDOR_DIR  where ./install put the client
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(`${process.env.VENDOR_DIR}/`);
const { OpenApiUtil } = require('@alicloud/openapi-core');

console.log(JSON.stringify(JSON.parse(readFileSync(0)).map(({ method, query, headers, key, secret }) =>
  OpenApiUtil.getAuthorization({ method, pathname: '/', query, headers }, 'ACS3-HMAC-SHA256',
    headers['x-acs-content-sha256'], key, secret))));
