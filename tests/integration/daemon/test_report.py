"""The page of `retainctl report`, in a browser: it loads nothing, complains of nothing, and can be read and
walked through on a telephone and on a wide screen, by day and by night."""
import json
import os
import re
import stat
import subprocess
import tempfile
import time
import unittest

from harness.chromium import Chromium
from harness.daemon import BIN, HANG_S, eventually
from harness.scenario import CLUSTER, DAY, CloudTest, policy

ASIDE = r"""(() => { const out = [], width = document.documentElement.clientWidth;
  for (const e of document.querySelectorAll('body *')) {
    if (e.closest('svg') || e.className === 'skip' || e.closest('thead')) continue;
    const r = e.getBoundingClientRect();
    if (r.width && (r.right > width + 1 || r.left < -1)) out.push(e.tagName + '.' + e.className + ' ' + r.left + '..' + r.right);
  } return out; })()"""
# The contrast (WCAG 2) of each text with what stands behind it.
CONTRAST = r"""(() => {
  const parse = c => c.match(/[\d.]+/g).map(Number);
  const light = c => { const [r, g, b] = c.slice(0, 3).map(v => { v /= 255;
    return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; }); return .2126 * r + .7152 * g + .0722 * b; };
  let worst = 99;
  for (const e of document.querySelectorAll('body *')) {
    if (e.closest('svg') || ![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) continue;
    let b = e; while (b && parse(getComputedStyle(b).backgroundColor)[3] === 0) b = b.parentElement;
    const x = light(parse(getComputedStyle(e).color)), y = light(parse(getComputedStyle(b || document.body).backgroundColor));
    worst = Math.min(worst, (Math.max(x, y) + .05) / (Math.min(x, y) + .05));
  } return worst; })()"""
TAB = ("Tab", 9)

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..")


def listing(cluster, times):
    """A saved reply of DescribeBackups."""
    items = [{"DBClusterId": cluster, "BackupId": str(10000 + i), "BackupType": "FullBackup", "BackupMethod": "Snapshot",
              "BackupStartTime": at, "BackupEndTime": at, "BackupSize": 2167808, "BackupStatus": "Success"}
             for i, at in enumerate(times)]
    return {"RequestId": "R-1", "TotalCount": str(len(items)), "PageNumber": "1", "PageSize": str(len(items)),
            "FreeBackupSize": 0, "TotalBackupSize": 1, "Items": {"Backup": items}}


class Page(unittest.TestCase):
    """Offline, of many clusters."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="retaind-report-")
        self.addCleanup(self.folder.cleanup)
        self.browser = Chromium()
        self.browser.__enter__()
        self.addCleanup(self.browser.__exit__)

    def report(self, count, each_full=False):
        """Of `count` clusters: every third, or each, with two years of daily sets."""
        path = os.path.join(self.folder.name, f"{count}.html")
        text = ("version: 1\ndefaults: {region: cn-x, timezone: Asia/Shanghai, backup: {schedule: '*-*-* 02:00'}, "
                "keep: {last: 3, daily: 14, weekly: 8, monthly: 24}}\nclusters:\n")
        args = []
        days = [time.strftime("%Y-%m-%dT%H:%MZ", time.gmtime(1795200000 - i * DAY)) for i in range(731)]
        long, short = (json.dumps(listing("CLUSTER", d)) for d in (days, days[:20]))
        for n in range(count):
            text += f"  - {{id: amv-{n}, name: 'cluster {n}'}}\n"
            saved = os.path.join(self.folder.name, f"{n}.json")
            with open(saved, "w", encoding="utf-8") as f:
                f.write((long if each_full or n % 3 == 0 else short).replace("CLUSTER", f"amv-{n}"))
            args += ["--sets", f"amv-{n}={saved}"]
        with open(os.path.join(self.folder.name, "policy.yaml"), "w", encoding="utf-8") as f:
            f.write(text)
        subprocess.run([os.path.join(BIN, "retainctl"), "report", "--html", path, "--policy", f.name, *args,
                        "--now", "2026-11-21T00:00:00Z"], check=True)
        return path

    def look(self, path):
        """At every width and colour: no complaint, no request, nothing outside the page, enough contrast."""
        for width in (400, 1280, 1920):
            for scheme in ("light", "dark"):
                with self.subTest(width=width, scheme=scheme):
                    del self.browser.requests[:], self.browser.complaints[:]
                    self.browser.size(width, 1000)
                    self.browser.colours(scheme)
                    self.browser.open(path)
                    self.assertEqual([], self.browser.complaints)
                    self.assertEqual([f"file://{path}"], [r for r in self.browser.requests if r != "data:,"])
                    self.assertEqual([], self.browser.value(ASIDE))
                    self.assertLessEqual(self.browser.value("document.documentElement.scrollWidth"), width)
                    self.assertGreaterEqual(self.browser.value(CONTRAST), 4.5)

    def test_a_page_of_three_looks_right_everywhere(self):
        path = self.report(3)
        self.look(path)
        self.assertEqual(3, self.browser.value("document.querySelectorAll('figure').length"))
        # 731 marks stand in the lanes of the first cluster: kept ones in several, expired ones in one
        lane = "document.querySelector('#c0 path.daily').getAttribute('d').split('M').length - 1"
        self.assertEqual(14, self.browser.value(lane))
        # every text says what the picture says
        self.assertIn("daily: 14 sets", self.browser.value("document.querySelector('#c0').innerHTML"))

    def test_it_can_be_walked_through_with_the_keyboard(self):
        self.browser.size(1600, 1000)
        self.browser.open(self.report(2))
        focus = "(e => e.tagName + ' ' + (e.getAttribute('href') || e.textContent.slice(0, 12)))(document.activeElement)"
        seen = []
        for _ in range(12):
            self.browser.press(*TAB)
            seen.append(self.browser.value(focus))
        self.assertEqual("A #clusters", seen[0])
        for stop in ("A #c0", "A #c1", "A #top"):
            self.assertIn(stop, seen)
        self.assertTrue([s for s in seen if s.startswith("SUMMARY All 731")], seen)
        # Enter opens the list of sets
        self.browser.value("document.querySelector('#c0 summary').focus()")
        self.browser.press("Enter", 13, "\r")
        self.assertTrue(self.browser.value("document.querySelector('#c0 details').open"))
        outline = self.browser.value("getComputedStyle(document.activeElement).outlineStyle")
        self.assertEqual("solid", outline)

    def test_clusters_are_found_by_name_and_state(self):
        self.browser.size(1600, 1000)
        self.browser.open(self.report(12))
        shown = "[...document.querySelectorAll('nav tbody tr')].filter(r => !r.hidden).map(r => r.cells[0].textContent)"
        sections = "[...document.querySelectorAll('section')].filter(r => !r.hidden).length"
        find = "(() => {{ {0}.value = {1!r}; {0}.dispatchEvent(new Event({2!r})); }})()"
        self.browser.value(find.format("document.querySelector('#name')", "CLUSTER 1", "input"))
        self.assertEqual({"cluster 1", "cluster 10", "cluster 11"}, set(self.browser.value(shown)))
        self.assertEqual(3, self.browser.value(sections))
        self.browser.value(find.format("document.querySelector('#name')", "amv-7", "input"))
        self.assertEqual(["cluster 7"], self.browser.value(shown))
        self.browser.value(find.format("document.querySelector('#name')", "", "input"))
        self.browser.value(find.format("document.querySelector('#state')", "held", "change"))
        self.assertEqual(["cluster 0", "cluster 3", "cluster 6", "cluster 9"], self.browser.value(shown))
        self.assertEqual("4 of 12", self.browser.value("document.querySelector('#found').textContent"))
        self.assertEqual([], self.browser.complaints)

    def test_axis_labels_stand_inside_the_frame_and_apart(self):
        self.browser.open(self.report(2))
        boxes = ("[...document.querySelectorAll('.ticks')].map(p => [p, ...p.children].map(e => e.getBoundingClientRect())"
                 ".filter(r => r.width).map(r => [r.left, r.right]))")
        for width in (400, 1280, 1920):
            self.browser.size(width, 1000)
            for frame, *labels in self.browser.value(boxes):
                labels.sort()
                self.assertGreaterEqual(labels[0][0], frame[0] - 1)
                self.assertLessEqual(labels[-1][1], frame[1] + 1)
                self.assertTrue(all(a[1] < b[0] for a, b in zip(labels, labels[1:])), (width, labels))

    def test_headings_of_columns_are_hidden_where_rows_are_cards(self):
        self.browser.size(400, 1000)
        self.browser.open(self.report(2))
        self.assertEqual([1, 1], self.browser.value(
            "(r => [r.width, r.height])(document.querySelector('.index thead').getBoundingClientRect())"))
        self.assertIn("Why", self.browser.value(
            "getComputedStyle(document.querySelector('.index td:last-child'), '::before').content"))

    def test_a_page_of_many_looks_right_everywhere(self):
        path = self.report(101)
        self.look(path)
        for width in (400, 1280):
            self.browser.size(width, 1000)
            self.browser.open(path)
            self.browser.value("document.querySelector('#c100').scrollIntoView()")
            # the lanes stand beside their names, and their marks inside of the drawing
            names, drawing, *marks = self.browser.value(
                "(c => ['.name', 'svg', 'path.last', 'path.daily', 'path.monthly'].map(e => "
                "c.querySelector(e).getBoundingClientRect()).map(r => [r.left, r.top, r.right, r.bottom]))"
                "(document.querySelector('#c100 .packed'))")
            self.assertLessEqual(names[2], drawing[0])
            self.assertEqual((names[1], names[3]), (drawing[1], drawing[3]))
            tops = [top for _, top, _, _ in marks]
            self.assertEqual(sorted(tops), tops)
            self.assertTrue(all(drawing[1] < m[1] < m[3] < drawing[3] + 1 for m in marks), (drawing, marks))

    def test_a_thousand_clusters_can_be_mailed_and_are_drawn_at_once(self):
        path = self.report(1000, each_full=True)
        self.assertLess(os.path.getsize(path), 3 << 20)
        self.browser.size(1600, 1000)
        self.browser.open(path)
        drawn = "performance.getEntriesByType('paint').at(-1).startTime"
        self.assertLess(eventually("a paint", lambda: self.browser.value(drawn)), 3000)
        self.assertEqual(1000, self.browser.value("document.querySelectorAll('nav a').length"))
        self.browser.value("document.querySelectorAll('nav a')[850].click()")
        self.assertLess(self.browser.value("Math.abs(document.querySelector('#c850').getBoundingClientRect().top)"), 50)
        self.assertEqual([], self.browser.complaints)

    def test_names_are_text_and_never_markup(self):
        path = os.path.join(self.folder.name, "hostile.html")
        subprocess.run([os.path.join(BIN, "retainctl"), "report", "--html", path, "--policy",
                        os.path.join(ROOT, "tests/golden/report/policy.yaml")], check=True)
        self.browser.open(path)
        self.assertEqual("<b>billing & co</b>",
                         self.browser.value("[...document.querySelectorAll('h2')].map(h => h.firstChild.textContent.trim()).find(t => t.includes('billing'))"))
        self.assertEqual(0, self.browser.value("document.querySelectorAll('h2 b').length"))


class Files(unittest.TestCase):
    """Where the page is written: whole or not at all, and never where somebody else's link leads."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="retaind-report-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.path = os.path.join(self.folder, "report.html")
        self.command = [os.path.join(BIN, "retainctl"), "report", "--policy",
                        os.path.join(ROOT, "tests/golden/report/policy.yaml"), "--html"]

    def report(self, path, code=0, **more):
        done = subprocess.run([*self.command, path], stderr=subprocess.PIPE, text=True, timeout=HANG_S,
                              **{"stdout": subprocess.PIPE, **more})
        self.assertEqual(code, done.returncode, done.stderr)
        return done

    def page(self, path):
        with open(path, encoding="utf-8") as f:
            return f.read()

    def test_a_link_of_ours_stays_one_and_its_file_gets_the_page(self):
        target = os.path.join(self.folder, "target")
        with open(target, "w", encoding="utf-8") as f:
            f.write("old")
        os.chmod(target, 0o640)
        os.symlink(target, self.path)
        self.report(self.path)
        self.assertTrue(os.path.islink(self.path))
        self.assertIn("</html>", self.page(target))
        self.assertEqual(0o640, os.stat(target).st_mode & 0o777)
        self.assertEqual(["report.html", "target"], sorted(os.listdir(self.folder)))

    def test_a_link_of_another_user_is_refused(self):
        if os.geteuid() != 0:
            self.skipTest("only root can make one")
        target = os.path.join(self.folder, "target")
        with open(target, "w", encoding="utf-8") as f:
            f.write("old")
        os.symlink(target, self.path)
        os.lchown(self.path, 65534, 65534)
        self.assertIn("is a symbolic link of another user", self.report(self.path, 1).stderr)
        self.assertEqual("old", self.page(target))

    def test_what_is_no_file_is_written_through_and_stays(self):
        os.mkfifo(self.path)
        with subprocess.Popen(["cat", self.path], stdout=subprocess.PIPE, text=True) as cat:
            self.report(self.path)
            self.assertIn("</html>", cat.stdout.read())
        self.assertTrue(stat.S_ISFIFO(os.lstat(self.path).st_mode))
        self.assertIn("</html>", self.report("/dev/stdout").stdout)
        self.assertTrue(os.path.islink("/dev/stdout"))

    def test_our_own_output_is_appended_to_as_the_shell_says(self):
        with open(self.path, "w", encoding="utf-8") as f:
            f.write("before")
        with open(self.path, "a", encoding="utf-8") as f:
            self.report("/dev/stdout", stdout=f)
        self.assertTrue(self.page(self.path).startswith("before<!DOCTYPE html>"))

    def test_a_page_that_cannot_be_written_leaves_the_one_before(self):
        with open(self.path, "w", encoding="utf-8") as f:
            f.write("old")
        done = subprocess.run(["bash", "-c", "ulimit -f 1; exec \"$@\"", "bash", *self.command, self.path],
                              stderr=subprocess.PIPE, text=True, check=False)
        self.assertEqual((1, True), (done.returncode, "File too large" in done.stderr))
        self.assertEqual("old", self.page(self.path))
        self.assertEqual(["report.html"], os.listdir(self.folder))


class Online(CloudTest):
    def test_the_daemon_tells_more(self):
        self.cloud.control("seed", cluster=CLUSTER, count=60, every_s=DAY)
        text = policy(safety="grace: 0s, max_delete_percent: 10, fresh_within: off")
        with self.daemon(policy=text) as d:
            d.until("held", state="held")
            path = os.path.join(d.dir, "report.html")
            self.assertEqual((0, "", ""), d.ctl("report", "--html", path))
            with open(path, encoding="utf-8") as f:
                page = f.read()
            self.assertEqual([], [n for n in os.listdir(d.dir) if n.endswith(".new")])
            self.assertIn('class="held"', page)
            self.assertIn("await approval", page)
            self.assertIn("<summary>History</summary>", page)
            self.assertIsNone(re.search(r"<script[^>]|https?://|@import|url\(", page))
            d.stop()
            code, out, err = d.ctl("report", "--html", path)
            self.assertEqual((1, ""), (code, out))
            self.assertIn("retaind is not running", err)
            eventually("the page before is still there", lambda: os.path.getsize(path) == len(page.encode()))
