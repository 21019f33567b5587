// What one would write today: for each cluster list its backup sets, thin them, delete the rest.
// Over the vendor's own client, 16 clusters at a time, with no more care than such scripts take.
//   thin.mjs HOST:PORT FIRST LAST     VENDOR_DIR: where the vendor's client is installed
import { createRequire } from 'node:module';

const require = createRequire(`${process.env.VENDOR_DIR}/`);
const { default: Client, $OpenApiUtil } = require('@alicloud/openapi-core');
const { RuntimeOptions } = require('@darabonba/typescript');

const [endpoint, first, last] = process.argv.slice(2);
const client = new Client(new $OpenApiUtil.Config({
  accessKeyId: process.env.ALIBABA_CLOUD_ACCESS_KEY_ID,
  accessKeySecret: process.env.ALIBABA_CLOUD_ACCESS_KEY_SECRET,
  endpoint,
  protocol: 'http',
  disableHttp2: true,
}));

async function call(action, query) {
  const params = new $OpenApiUtil.Params({
    action, version: '2021-12-01', method: 'POST', protocol: 'HTTP', pathname: '/', authType: 'AK', style: 'RPC',
    reqBodyType: 'formData', bodyType: 'json',
  });
  const reply = await client.callApi(params, new $OpenApiUtil.OpenApiRequest({ query }), new RuntimeOptions({}));
  return reply.body;
}

const minute = (ms) => new Date(ms).toISOString().slice(0, 16) + 'Z';

async function list(cluster) {
  const sets = [];
  for (let page = 1; ; page++) {
    const body = await call('DescribeBackups', {
      DBClusterId: cluster, RegionId: 'cn-hangzhou', StartTime: minute(Date.now() - 730 * 86400e3), EndTime: minute(Date.now() + 86400e3),
      PageSize: '100', PageNumber: String(page),
    });
    sets.push(...body.Items.Backup);
    if (sets.length >= Number(body.TotalCount) || body.Items.Backup.length === 0) return sets;
  }
}

// The newest of each of the newest 14 days, 8 weeks and 12 months.
function expired(sets) {
  const rules = [
    [14, (t) => t.toISOString().slice(0, 10)],
    [8, (t) => Math.floor((t.getTime() / 86400e3 + 3) / 7)],
    [12, (t) => t.toISOString().slice(0, 7)],
  ];
  const newestFirst = sets.filter((s) => s.BackupStatus === 'Success')
    .sort((a, b) => b.BackupStartTime.localeCompare(a.BackupStartTime));
  const keep = new Set();
  for (const [count, bucket] of rules) {
    const seen = new Set();
    for (const s of newestFirst) {
      const b = bucket(new Date(s.BackupStartTime));
      if (seen.has(b)) continue;
      if (seen.size >= count) break;
      seen.add(b);
      keep.add(s.BackupId);
    }
  }
  return newestFirst.map((s) => s.BackupId).filter((id) => !keep.has(id));
}

async function prune(cluster) {
  const ids = expired(await list(cluster));
  for (let i = 0; i < ids.length; i += 100) {
    await call('DeleteBackups', { DBClusterId: cluster, RegionId: 'cn-hangzhou', BackupIds: ids.slice(i, i + 100).join(',') });
  }
}

let next = Number(first);
async function worker() {
  while (next <= Number(last)) await prune(`amv-${String(next++).padStart(5, '0')}`);
}
await Promise.all(Array.from({ length: 16 }, worker));
