"""Programs of an ordinary build with some sources changed: only these are compiled, and only the
programs that are asked for are linked."""
import os
import pathlib
import re
import shlex
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]


def output(*command, cwd=None):
    return subprocess.run([str(c) for c in command], cwd=cwd, check=True, stdout=subprocess.PIPE, text=True).stdout


def run(words, cpu_s, more_env=None, cwd=ROOT):
    """Exit status and output of a program that gets so much time of a processor, its children too each."""
    done = subprocess.run(["prlimit", f"--cpu={int(cpu_s) + 1}:{int(cpu_s) + 2}", *words],
                          cwd=cwd, env={**os.environ, **(more_env or {})}, check=False, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    return done.returncode, done.stdout


class Base:
    """An optimised build. Does not look at the sources again once it is made."""

    def __init__(self, directory, patterns, flags="-O1"):
        self.dir = pathlib.Path(directory)
        output("cmake", "-S", ROOT, "-B", self.dir, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=RelWithDebInfo",
               f"-DCMAKE_C_FLAGS_RELWITHDEBINFO={flags}")
        # The program of each test.
        self.tests = {}
        for line in (self.dir / "tests.list").read_text(encoding="utf-8").splitlines():
            name, _, targets = line.split(" ")
            if any(re.fullmatch(p, name) for p in patterns):
                self.tests[name] = targets.split(",")[0]
        self.targets = sorted(set(self.tests.values()))
        output("ninja", "-C", self.dir, *self.targets)
        self.compile, self.link = {}, {}
        for line in output("ninja", "-C", self.dir, "-t", "commands", *self.targets).splitlines():
            words = shlex.split(line.removeprefix(": && ").removesuffix(" && :"))
            if "-c" in words:
                self.compile[words[-1]] = words
            elif "-o" in words:
                self.link[pathlib.Path(words[words.index("-o") + 1]).name] = words
        self.users = self.users_of_headers()

    def program(self, target):
        return self.dir / self.link[target][self.link[target].index("-o") + 1]

    def links(self, target, source):
        """Is the source part of the program?"""
        words = self.compile[source]
        return words[words.index("-o") + 1] in self.link[target]

    def users_of_headers(self):
        """Which sources include each header of the project."""
        objects = {words[words.index("-o") + 1]: source for source, words in self.compile.items()}
        users, source = {}, None
        for line in output("ninja", "-C", self.dir, "-t", "deps").splitlines():
            if line.startswith(" "):
                # Relative to the build where a compiler cache is told to make them so.
                users.setdefault(os.path.normpath(self.dir / line.strip()), set()).add(source)
            else:
                source = objects.get(line.split(":")[0])
        return users


class Variant:
    """The build with other texts of some files of the project; `texts` is by absolute path."""

    def __init__(self, base, directory, texts):
        self.base, self.dir, self.texts = base, pathlib.Path(directory), texts
        shutil.rmtree(self.dir, ignore_errors=True)
        self.objects = {}
        for path, text in texts.items():
            copy = self.copy_of(path)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(text, encoding="utf-8")
        for source in sorted(set().union(*(self.concerned(path) for path in texts))):
            self.compile(source)

    def copy_of(self, path):
        return self.dir / pathlib.Path(path).relative_to(ROOT)

    def concerned(self, path):
        if path in self.base.compile:
            return {path}
        return {s for s in self.base.users.get(path, ()) if s}

    def compile(self, source):
        """Raises CalledProcessError if it does not compile."""
        words = list(self.base.compile[source])
        at = words.index("-o") + 1
        copy = self.copy_of(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        self.objects[words[at]] = words[at] = f"{copy}.o"
        if source in self.texts:
            words[-1] = str(copy)
        for flag in ("-MF", "-MT"):
            words[words.index(flag) + 1] = f"{copy}.d"
        # Headers are found by folder, the changed ones first.
        first = next(i for i, w in enumerate(words) if w.startswith("-"))
        words[first:first] = ["-w", f"-I{self.dir / 'daemon'}"]
        subprocess.run(words, cwd=self.base.dir, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def program(self, target):
        """The path of the linked program. None if no change concerns it."""
        words = [self.objects.get(w, w) for w in self.base.link[target]]
        if words == self.base.link[target]:
            return None
        into = self.dir / target
        words[words.index("-o") + 1] = str(into)
        subprocess.run(words, cwd=self.base.dir, check=True)
        return into
