// What the vendor's own client would sign with: the credentials of its default chain, as JSON; or why there are none.
//   VENDOR_DIR     where ./install put the client
//   VENDOR_CONFIG  instead of the chain: its configuration, as JSON
import { createRequire } from 'node:module';

const require = createRequire(`${process.env.VENDOR_DIR}/`);
const { default: Credential, Config } = require('@alicloud/credentials');
const { VENDOR_CONFIG: given } = process.env;

try {
  const { accessKeyId, accessKeySecret, securityToken, providerName } = await new Credential(
    given ? new Config(JSON.parse(given)) : null).getCredential();
  console.log(JSON.stringify({ accessKeyId, accessKeySecret, securityToken, providerName }));
} catch (error) {
  console.log(JSON.stringify({ error: error.message }));
}
process.exit(0); // its metadata provider may keep a timer
