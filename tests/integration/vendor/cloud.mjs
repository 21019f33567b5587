// The simulator under test, and the vendor's client to call it with.
//   SIMULATOR   the program
//   VENDOR_DIR  where ./install put the client
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const require = createRequire(`${process.env.VENDOR_DIR}/`);
const { default: Client, $OpenApiUtil } = require('@alicloud/openapi-core');
const { RuntimeOptions } = require('@darabonba/typescript');
const makeTestCa = fileURLToPath(new URL('../../simulator/make-test-ca', import.meta.url));

export const KEY = 'TESTONLYACCESSKEYID00';
export const SECRET = 'TESTONLYACCESSKEYSECRET0000000';
export const CLUSTER = 'amv-test0000000001';
export const REGION = 'cn-hangzhou';

export class Cloud {
  static async start({ secure, args = [] }) {
    const cloud = new Cloud();
    cloud.directory = mkdtempSync(`${tmpdir()}/vendor-test-`);
    if (secure) {
      execFileSync(makeTestCa, [cloud.directory]);
      cloud.ca = readFileSync(`${cloud.directory}/ca.pem`, 'utf8');
      args = ['--cert', `${cloud.directory}/server.pem`, '--key', `${cloud.directory}/server.key`, ...args];
    }
    cloud.process = spawn(process.env.SIMULATOR, ['--cluster', CLUSTER, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    cloud.ended = new Promise((resolve) => cloud.process.once('exit', resolve));
    const [line] = await Promise.race([
      new Promise((resolve) => createInterface(cloud.process.stdout).once('line', (l) => resolve([l]))),
      cloud.ended.then((code) => { throw new Error(`the simulator ended with ${code}`); }),
    ]);
    cloud.url = new URL(line.split('listening on ')[1]);
    return cloud;
  }

  // The exit status: 0, unless something (or a sanitizer) complains.
  async stop() {
    this.process.kill('SIGTERM');
    const code = await this.ended;
    rmSync(this.directory, { recursive: true });
    return code;
  }

  control(command, args = {}) {
    return this.#open('POST', '/_control', JSON.stringify({ command, ...args }));
  }

  log() {
    return this.#open('GET', '/_control/log');
  }

  #open(method, path, body) {
    const { request } = this.ca ? https : http;
    return new Promise((resolve, reject) => {
      const call = request(new URL(path, this.url), { method, ca: this.ca, agent: false }, (response) => {
        let text = '';
        response.on('data', (piece) => { text += piece; });
        response.on('end', () => {
          if (response.statusCode === 200) resolve(JSON.parse(text));
          else reject(new Error(text));
        });
      });
      call.on('error', reject);
      call.end(body);
    });
  }

  // A function that makes one call, in REGION unless the query names another; it resolves to the response body, or rejects as the vendor does.
  client({ key = KEY, secret = SECRET, token, version = '2021-12-01' } = {}) {
    const client = new Client(new $OpenApiUtil.Config({
      accessKeyId: key,
      accessKeySecret: secret,
      securityToken: token,
      endpoint: this.url.host,
      protocol: this.url.protocol.slice(0, -1),
      ca: this.ca,
      disableHttp2: true,
    }));
    return async (action, query, { headers = {}, method = 'POST' } = {}) => {
      const params = new $OpenApiUtil.Params({
        action, version, method, protocol: 'HTTPS', pathname: '/', authType: 'AK', style: 'RPC',
        reqBodyType: 'formData', bodyType: 'json',
      });
      if (query.DBClusterId) query = { RegionId: REGION, ...query };
      const request = new $OpenApiUtil.OpenApiRequest({ query, headers });
      const reply = await client.callApi(params, request, new RuntimeOptions({}));
      return reply.body;
    };
  }
}
