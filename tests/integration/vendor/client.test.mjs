// The cloud vendor's own client drives the simulator: what it signs is accepted, what it reads has
// the vendor's shapes, and what the simulator refuses arrives as the vendor's errors.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { CLUSTER, Cloud } from './cloud.mjs';

const ALL = { DBClusterId: CLUSTER, StartTime: '2000-01-01T00:00Z', EndTime: '2100-01-01T00:00Z' };
const TOKEN = 'TESTONLY/STS+TOKEN==~*~with=special/chars';

function refused(code, statusCode) {
  return (error) => {
    assert.equal(error.code, code);
    if (statusCode) assert.equal(error.statusCode, statusCode);
    assert.match(error.requestId ?? error.data?.RequestId, /^[0-9A-F]{8}-([0-9A-F]{4}-){3}[0-9A-F]{12}$/);
    return true;
  };
}

async function listAll(call, PageSize = 100) {
  const pages = [];
  for (let PageNumber = 1; ; PageNumber++) {
    const page = await call('DescribeBackups', { ...ALL, PageSize, PageNumber });
    if (page.Items.Backup.length === 0) return pages;
    pages.push(page);
  }
}

for (const secure of [false, true]) {
  describe(secure ? 'over https' : 'over http', () => {
    let cloud, call;

    before(async () => {
      cloud = await Cloud.start({ secure, args: ['--backup-seconds', '0', '--delete-seconds', '0'] });
      call = cloud.client();
    });
    after(async () => assert.equal(await cloud.stop(), 0));

    async function fresh(sets = 0) {
      await cloud.control('reset');
      await cloud.control('cluster', { id: CLUSTER });
      return (await cloud.control('seed', { count: sets, every_s: 86400, end_in_s: -600 })).ids;
    }

    it('creates a backup, whose answer has a RequestId alone', async () => {
      await fresh();
      const body = await call('CreateBackup', { DBClusterId: CLUSTER, RegionId: 'cn-hangzhou' });
      assert.deepEqual(Object.keys(body), ['RequestId']);
      const [entry] = await cloud.log();
      assert.deepEqual(
        [entry.method, entry.action, entry.effect, entry.scheme, entry.undeclared],
        ['POST', 'CreateBackup', true, secure ? 'https' : 'http', []],
      );
    });

    it('lists 250 sets in pages, with counts that are strings', async () => {
      const ids = await fresh(250);
      const pages = await listAll(call);
      assert.deepEqual(pages.map((p) => p.Items.Backup.length), [100, 100, 50]);
      assert.deepEqual(pages.map((p) => [p.TotalCount, p.PageNumber, p.PageSize]),
        [['250', '1', '100'], ['250', '2', '100'], ['250', '3', '50']]);
      assert.deepEqual(pages.flatMap((p) => p.Items.Backup.map((b) => b.BackupId)), ids.reverse());
      const [set] = pages[0].Items.Backup;
      assert.equal(set.DBClusterId, CLUSTER);
      assert.equal(set.BackupType, 'FullBackup');
      assert.equal(set.BackupMethod, 'Snapshot');
      assert.equal(typeof set.BackupSize, 'number');
      assert.match(set.BackupStartTime, /^\d{4}-\d\d-\d\dT\d\d:\d\dZ$/);
      assert.equal((await listAll(call, 30)).length, 9);
    });

    it('deletes, up to 100 at once, and keeps the last valid set', async () => {
      const ids = await fresh(102);
      const remove = (some, options) => call('DeleteBackups',
        { DBClusterId: CLUSTER, BackupIds: some.join(',') }, options);
      await assert.rejects(remove(ids.slice(0, 101)), refused('InvalidBackupIds.TooMany', 400));
      await remove(ids.slice(0, 100));
      await assert.rejects(remove(ids.slice(100)), refused('OperationDenied.LastValidBackupSet', 400));
      await remove([ids[100]], { method: 'GET' });
      assert.deepEqual((await listAll(call)).flatMap((p) => p.Items.Backup.map((b) => b.BackupId)), [ids[101]]);
    });

    it('knows both versions', async () => {
      const ids = await fresh(3);
      const older = cloud.client({ version: '2019-03-15' });
      await older('DeleteBackups', { DBClusterId: CLUSTER, BackupIds: ids[0] }, { method: 'GET' });
      await assert.rejects(older('DeleteBackups', { DBClusterId: CLUSTER, BackupIds: ids[1] }),
        refused('UnsupportedHTTPMethod'));
      assert.equal((await older('DescribeBackups', { DBClusterId: CLUSTER })).TotalCount, '2');
      await assert.rejects(older('CreateBackup', { DBClusterId: CLUSTER }), refused('InvalidAction.NotFound', 404));
      await assert.rejects(cloud.client({ version: '2020-01-01' })('CreateBackup', { DBClusterId: CLUSTER }),
        refused('InvalidVersion', 400));
    });

    it('reads and changes the backup policy', async () => {
      await fresh();
      const body = await call('DescribeBackupPolicy', { DBClusterId: CLUSTER });
      delete body.RequestId;
      assert.deepEqual(body, {
        PreferredBackupPeriod: 'Tuesday,Friday', PreferredBackupTime: '01:00Z-02:00Z',
        BackupRetentionPeriod: 7, LogBackupRetentionPeriod: 7, EnableBackupLog: 'Enable',
      });
      const modify = (changes) => call('ModifyBackupPolicy',
        { DBClusterId: CLUSTER, PreferredBackupTime: '15:00Z-16:00Z', ...changes });
      await modify({ PreferredBackupPeriod: 'Monday,Sunday', BackupRetentionPeriod: '730' });
      const changed = await call('DescribeBackupPolicy', { DBClusterId: CLUSTER });
      assert.deepEqual([changed.PreferredBackupTime, changed.PreferredBackupPeriod, changed.BackupRetentionPeriod],
        ['15:00Z-16:00Z', 'Monday,Sunday', 730]);
      for (const [name, value] of [
        ['PreferredBackupTime', '15:00Z-17:00Z'], ['PreferredBackupPeriod', 'Monday'],
        ['PreferredBackupPeriod', 'Monday,Someday'], ['BackupRetentionPeriod', '6'],
        ['BackupRetentionPeriod', '731'], ['EnableBackupLog', 'true'], ['LogBackupRetentionPeriod', '1'],
      ]) {
        await assert.rejects(modify({ [name]: value }), refused(`Invalid${name}.Malformed`, 400));
      }
    });

    it('describes clusters, with counts that are numbers', async () => {
      await fresh();
      await cloud.control('cluster', { id: CLUSTER, tags: { 'env name': 'test' } });
      await cloud.control('cluster', { id: 'amv-other', region: 'cn-shanghai' });
      const body = await call('DescribeDBClusters', { RegionId: 'cn-hangzhou', 'Tag.1.Key': 'env name' });
      assert.deepEqual([body.TotalCount, body.PageNumber, body.PageSize], [1, 1, 30]);
      assert.equal(body.Items.DBCluster[0].DBClusterId, CLUSTER);
      assert.equal(body.Items.DBCluster[0].DBClusterStatus, 'Running');
      assert.equal(body.Items.DBCluster[0].Port, '3306');
      const one = await call('DescribeDBClusterAttribute', { DBClusterId: 'amv-other', RegionId: 'cn-shanghai' });
      assert.equal(one.Items.DBCluster[0].RegionId, 'cn-shanghai');
      assert.equal(one.Items.DBCluster[0].Port, 3306);
    });

    it('takes every character in a parameter', async () => {
      const description = 'a b*c~d+e/f,g:h?i&j=k%25l!m\'n(o)p"q#r@s$t;u|v\\w<x>y[z]{0}^`-_. 备份 é 😀';
      await cloud.control('cluster', { id: CLUSTER, description });
      const query = { RegionId: 'cn-hangzhou', DBClusterDescription: description, DBClusterStatus: '' };
      assert.equal((await call('DescribeDBClusters', query)).TotalCount, 1);
    });

    it('refuses wrong signatures and unknown keys', async () => {
      await fresh();
      const query = { DBClusterId: CLUSTER };
      await assert.rejects(cloud.client({ secret: 'TESTONLYWRONG' })('CreateBackup', query),
        refused('SignatureDoesNotMatch', 400));
      await assert.rejects(cloud.client({ key: 'TESTONLYNOBODY' })('CreateBackup', query),
        refused('InvalidAccessKeyId.NotFound', 404));
      assert.deepEqual((await cloud.log()).map((c) => c.effect), [false, false]);
    });

    it('refuses old dates and used nonces', async () => {
      const query = { DBClusterId: CLUSTER };
      const at = (seconds) => new Date(Date.now() + seconds * 1000).toISOString().replace(/\.\d+/, '');
      const dated = (seconds) => call('CreateBackup', query, { headers: { 'x-acs-date': at(seconds) } });
      await assert.rejects(dated(-910), refused('InvalidTimeStamp.Expired', 400));
      await assert.rejects(dated(910), refused('InvalidTimeStamp.Expired', 400));
      await dated(-880);
      const once = { headers: { 'x-acs-signature-nonce': `once-${secure}` } };
      await call('CreateBackup', query, once);
      await assert.rejects(call('CreateBackup', query, once), refused('SignatureNonceUsed', 400));
    });

    it('checks security tokens', async () => {
      await cloud.control('key', { key: `TESTONLYSTS:TESTONLYSECRET:${TOKEN}` });
      const sts = (token) => cloud.client({ key: 'TESTONLYSTS', secret: 'TESTONLYSECRET', token });
      const query = { DBClusterId: CLUSTER };
      await sts(TOKEN)('CreateBackup', query);
      await assert.rejects(sts(undefined)('CreateBackup', query), refused('MissingSecurityToken', 400));
      await assert.rejects(sts('TESTONLYWRONG')('CreateBackup', query), refused('InvalidSecurityToken.Malformed'));
      await cloud.control('key', { id: 'TESTONLYSTS', expired: true });
      await assert.rejects(sts(TOKEN)('CreateBackup', query), refused('InvalidSecurityToken.Expired'));
    });

    it('throttles in a way that the client understands', async () => {
      await fresh();
      await cloud.control('fault', { kind: 'throttle', args: { retry_after_ms: 1234 } });
      await assert.rejects(call('CreateBackup', { DBClusterId: CLUSTER }), (error) => {
        assert.equal(error.name, 'ThrottlingError');
        assert.equal(error.retryAfter, 1234);
        return refused('Throttling.User', 400)(error);
      });
    });
  });
}
