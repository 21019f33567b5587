"""Signs and sends calls to the cloud API (ACS3-HMAC-SHA256), with the standard library alone."""

import base64
import hashlib
import hmac
import http.client
import json
import secrets
import ssl
import time
import urllib.parse

ALGORITHM = "ACS3-HMAC-SHA256"
HANG_S = 300  # No test waits so long for something that comes, on however busy a machine.


def encode(text):
    return urllib.parse.quote(str(text), safe="-_.~")


def stamp(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def authorization(method, path, params, headers, body, key_id, secret):
    """The Authorization header; `headers` must be complete, with names in lower case."""
    query = "&".join(f"{encode(k)}={encode(v)}" for k, v in sorted(params.items()))
    signed = sorted(h for h in headers if h.startswith("x-acs-") or h in ("host", "content-type"))
    canonical = "\n".join(
        [method, path, query, *(f"{h}:{headers[h].strip()}" for h in signed), "", ";".join(signed)]
        + [hashlib.sha256(body).hexdigest()])
    to_sign = f"{ALGORITHM}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new(secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
    return f"{ALGORITHM} Credential={key_id},SignedHeaders={';'.join(signed)},Signature={signature}"


class Reply:
    """Status, headers (names in lower case), and body of an answer."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        """The error code; None if the call went well."""
        return self.json.get("Code") if self.status >= 400 else None

    @property
    def items(self):
        return self.json["Items"]["Backup"]

    @property
    def ids(self):
        return [item["BackupId"] for item in self.items]


class Client:
    """Calls the API at `url`. Every call is a connection of its own."""

    def __init__(self, url, ca_file=None, key="TESTONLYACCESSKEYID00",
                 secret="TESTONLYACCESSKEYSECRET0000000", token=None, version="2021-12-01",
                 region="cn-hangzhou"):
        self.url = urllib.parse.urlsplit(url)
        self.ca_file, self.key, self.secret, self.token = ca_file, key, secret, token
        self.version, self.region = version, region
        self.path, self.timeout = "/", HANG_S

    def connect(self):
        if self.url.scheme == "https":
            context = ssl.create_default_context(cafile=self.ca_file)
            return http.client.HTTPSConnection(
                self.url.hostname, self.url.port, timeout=self.timeout, context=context)
        return http.client.HTTPConnection(self.url.hostname, self.url.port, timeout=self.timeout)

    def headers(self, action, body, version=None, date=None, nonce=None, form=False):
        headers = {
            "host": self.url.netloc,
            "x-acs-action": action,
            "x-acs-version": version or self.version,
            "x-acs-date": date or stamp(time.time()),
            "x-acs-signature-nonce": nonce or secrets.token_hex(16),
            "x-acs-content-sha256": hashlib.sha256(body).hexdigest(),
        }
        if form:
            headers["content-type"] = "application/x-www-form-urlencoded"
        if self.token:
            headers["x-acs-accesskey-id"] = self.key
            headers["x-acs-security-token"] = self.token
        return headers

    def call(self, action, method="POST", version=None, date=None, nonce=None, change=None, body=b"",
             sent_body=None, form=None, **params):
        """One call; what is about a cluster is asked of `region`, unless RegionId is given (None: not at
        all). `change(headers)` may spoil the headers after they were signed; `sent_body`
        goes out in place of the body that was signed; `form` is a body of parameters."""
        if "DBClusterId" in params:
            params = {"RegionId": self.region, **params}
        params = {k: v for k, v in params.items() if v is not None}
        body = urllib.parse.urlencode(form).encode() if form else body
        headers = self.headers(action, body, version, date, nonce, bool(form))
        headers["authorization"] = authorization(
            method, self.path, params, headers, body, self.key, self.secret)
        if change:
            change(headers)
        target = self.path + ("?" + urllib.parse.urlencode(params) if params else "")
        return self.send(method, target, body if sent_body is None else sent_body, headers)

    def backups(self, cluster, start="2000-01-01T00:00Z", end="2100-01-01T00:00Z", **params):
        """One page of DescribeBackups, by default of all time."""
        return self.call("DescribeBackups", DBClusterId=cluster, StartTime=start, EndTime=end,
                         **{"PageSize": 100, **params})

    def create(self, cluster, **params):
        return self.call("CreateBackup", DBClusterId=cluster, **params)

    def delete(self, cluster, ids, **params):
        return self.call("DeleteBackups", DBClusterId=cluster, BackupIds=",".join(ids), **params)

    def rpc(self, action, form=None, query=None, unsigned=False, method="POST"):
        """One call with the older signature (HMAC-SHA1, all in parameters), as the vendor's
        credentials libraries sign their calls of STS. `query` replaces common parameters."""
        form = form or {}
        common = {"Action": action, "Version": "2015-04-01", "Format": "JSON",
                  "Timestamp": stamp(time.time())}
        if not unsigned:
            common.update({"SignatureMethod": "HMAC-SHA1", "SignatureVersion": "1.0",
                           "SignatureNonce": secrets.token_hex(16), "AccessKeyId": self.key})
            if self.token:
                common["SecurityToken"] = self.token
        common.update(query or {})
        common = {k: v for k, v in common.items() if v is not None}
        if not unsigned:
            pairs = sorted({**common, **form}.items())
            canonical = "&".join(f"{encode(k)}={encode(v)}" for k, v in pairs)
            digest = hmac.new(f"{self.secret}&".encode(), f"{method}&%2F&{encode(canonical)}".encode(),
                              hashlib.sha1).digest()
            common.setdefault("Signature", base64.b64encode(digest).decode())
        return self.send(method, "/?" + urllib.parse.urlencode(common), urllib.parse.urlencode(form).encode(),
                         {"content-type": "application/x-www-form-urlencoded"})

    def send(self, method, target, body=None, headers=None):
        """One request as it is given, without a signature."""
        connection = self.connect()
        try:
            connection.request(method, target, body=body, headers=headers or {})
            response = connection.getresponse()
            return Reply(response.status, {k.lower(): v for k, v in response.getheaders()},
                         response.read())
        finally:
            connection.close()
