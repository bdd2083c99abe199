# SPDX-License-Identifier: GPL-2.0-only
"""The series: what patches/ and the overlay say, and the commits they make.

patches/series names each commit's patch, in order, and below it, behind a tab,
the new files that the commit adds. A new file lives at its kernel path in the
repository and holds its final text. A patch holds the rest: the mail header,
the message, and the changes to files that are there already. Where a later
commit changes a file of the series, its patch has that hunk, and the first
version is found by applying the later hunks in reverse.

Commits are made from a small index that holds only the files which the series
touches, and never in a working tree: that takes a moment whatever the size of
the kernel. Author, committer and both dates are the patch's, so that the same
series on the same base has the same hashes everywhere.
"""

import email.utils
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile

from testbench import command
from testbench.command import BadOption, Failure
from testbench.paths import BUILD, TOP, locked

TREE = os.path.join(BUILD, "tree")
PATCHES = os.path.join(TOP, "patches")
SERIES = os.path.join(PATCHES, "series")

NAME = "arm64 linear map"
EMAIL = "linear-map@localhost"

# In build/tree: the commit that the series gave when it was last applied or
# exported, and the digest of the series then.
SERIES_REF = "refs/linear-map/series"
NEW_REF = "refs/linear-map/new"
DIGEST = "linear-map-digest"

# fast-import wants a name for what it makes.
MADE_REF = "refs/linear-map/made"

# The environment for git: nothing of the user's configuration or of a hook
# that runs us. safe.directory lets a tree of another user be read.
ENV = {key: value for key, value in os.environ.items()
       if not key.startswith("GIT_")}
USER_ENV = dict(ENV)
ENV.update(GIT_CONFIG_GLOBAL="/dev/null", GIT_CONFIG_NOSYSTEM="1",
           GIT_CONFIG_COUNT="2",
           GIT_CONFIG_KEY_0="safe.directory", GIT_CONFIG_VALUE_0="*",
           GIT_CONFIG_KEY_1="gc.auto", GIT_CONFIG_VALUE_1="0",
           GIT_OPTIONAL_LOCKS="0", LC_ALL="C.UTF-8")

SECTION = re.compile(rb"^diff --git a/(.+) b/\1$", re.M)
PLAIN_PATH = re.compile(r"[A-Za-z0-9_+,.@%=-]+(/[A-Za-z0-9_+,.@%=-]+)*\Z")


class DoesNotApply(Failure):
    """Patches that do not fit the tree; problems is [(patch, file, why)]."""

    def __init__(self, problems):
        super().__init__("\n".join(": ".join(p) for p in problems))
        self.problems = problems


def say(text):
    print(text, file=sys.stderr, flush=True)


def main(function):
    """Run function(arguments) as a program."""
    command.run(function, sys.argv[1:])


def git(*args, directory=None, stdin=None, env=None, check=True):
    """Run git and return its standard output, as bytes."""
    done = attempt(*args, directory=directory, stdin=stdin, env=env)
    if check and done.returncode:
        verb = [arg for arg in args if not arg.startswith("-")][0]
        raise Failure(f"git {verb}: {done.stderr.decode().strip()}")
    return done.stdout


def attempt(*args, directory=None, stdin=None, env=None):
    if os.environ.get("V") == "1":
        say("+ git " + " ".join(args))
    return subprocess.run(["git", *args], cwd=directory, input=stdin,
                          stdin=None if stdin is not None
                          else subprocess.DEVNULL,
                          env=env or ENV, capture_output=True, check=False)


def line(*args, **keywords):
    """git's answer where it is one line."""
    return git(*args, **keywords).decode().strip()


def check_out(work, commit):
    """Make work, a clone of build/tree, what the commit is; what was built
    there stays."""
    if not os.path.isdir(work):
        part = work + ".part"
        shutil.rmtree(part, ignore_errors=True)
        git("clone", "-q", "--shared", "--no-checkout", TREE, part)
        os.rename(part, work)
    for name in ("index.lock", "HEAD.lock"):
        if os.path.exists(os.path.join(work, ".git", name)):
            os.unlink(os.path.join(work, ".git", name))
    git("checkout", "-q", "-f", "--detach", commit, directory=work)


def image_with(work, commit, patches, config):
    """The Image of a commit with patches on it, built in work: see check_out()."""
    check_out(work, commit)
    git("apply", *patches, directory=work)
    done = subprocess.run([os.path.join(TOP, "scripts/build"), work, config],
                          check=False, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise Failure(f"the kernel with {os.path.basename(patches[-1])} does not build")
    return os.path.join(done.stdout.strip(), "arch/arm64/boot/Image")


class Mail:
    """A patch: author, date, message, and the diff of each existing file."""

    def __init__(self, name, data):
        self.name = name
        with tempfile.TemporaryDirectory() as scratch:
            message = os.path.join(scratch, "message")
            diff = os.path.join(scratch, "diff")
            header = git("mailinfo", "-b", "--encoding=UTF-8", message, diff,
                         stdin=data)
            fields = dict(item.split(": ", 1) for item in
                          header.decode().splitlines() if ": " in item)
            with open(message, "rb") as file:
                body = file.read()
            with open(diff, "rb") as file:
                self.diff = file.read()
        try:
            self.author = f"{fields['Author']} <{fields['Email']}>"
            self.date = fields["Date"]
            self.subject = fields["Subject"]
            email.utils.parsedate_to_datetime(self.date)
        except (KeyError, ValueError, TypeError):
            raise Failure(f"patches/{name}: no From, Date or Subject in its "
                          "mail header") from None
        self.message = git("stripspace", stdin=self.subject.encode() +
                           b"\n\n" + body)
        starts = [m.start() for m in SECTION.finditer(self.diff)]
        self.sections = {}
        for start, end in zip(starts, starts[1:] + [len(self.diff)]):
            text = self.diff[start:end]
            self.sections[SECTION.match(text).group(1).decode()] = text


class Commit:
    """One commit of the series: its patch and the new files it adds."""

    def __init__(self, mail, files):
        self.mail = mail
        self.files = files      # path -> (mode, data), the first version


def read_file(path):
    """A file's (mode, data) as git would store it."""
    if os.path.islink(path) or not os.path.isfile(path):
        raise Failure(f"{os.path.relpath(path, TOP)}: named in patches/series, "
                      "but it is not a file")
    with open(path, "rb") as file:
        data = file.read()
    return ("100755" if os.access(path, os.X_OK) else "100644"), data


def parse_series(text):
    """patches/series as [(patch, [new file])]."""
    entries = []
    for number, row in enumerate(text.splitlines(), 1):
        if not row.strip() or row.startswith("#"):
            continue
        name = row.strip()
        if not PLAIN_PATH.match(name) or ".." in name.split("/"):
            raise Failure(f"patches/series:{number}: {name}: not a plain path")
        if row.startswith("\t"):
            if not entries:
                raise Failure(f"patches/series:{number}: a file before the "
                              "first patch")
            entries[-1][1].append(name)
        else:
            entries.append((name, []))
    for kind, names in (("patch", [e[0] for e in entries]),
                        ("file", [f for e in entries for f in e[1]])):
        for name in names:
            if names.count(name) > 1:
                raise Failure(f"patches/series: the {kind} {name} is named "
                              "twice")
    return entries


def series_text():
    try:
        with open(SERIES, encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def load():
    """(the series' mails and final files, a digest of them)."""
    digest = hashlib.sha256()
    mails, files = [], []
    text = series_text()
    digest.update(text.encode())
    for patch, names in parse_series(text):
        path = os.path.join(PATCHES, patch)
        if not os.path.isfile(path):
            raise Failure(f"patches/{patch}: named in patches/series, but it "
                          "is missing")
        data = read_file(path)[1]
        digest.update(data)
        mails.append((patch, data))
        final = {name: read_file(os.path.join(TOP, name)) for name in names}
        for name, (mode, content) in final.items():
            digest.update(f"{name} {mode} {len(content)}\n".encode() + content)
        files.append(final)
    listed = {patch for patch, _ in mails}
    for name in sorted(os.listdir(PATCHES)) if os.path.isdir(PATCHES) else ():
        if name.endswith(".patch") and name not in listed:
            raise Failure(f"patches/{name}: not named in patches/series")
    return mails, files, digest.hexdigest()


def commits(mails, files):
    """The commits, new files in their first version."""
    mails = [Mail(name, data) for name, data in mails]
    made = []
    for number, (mail, final) in enumerate(zip(mails, files)):
        made.append(Commit(mail, {
            name: first_version(name, content, mails[number + 1:])
            for name, content in final.items()}))
    return made


def first_version(name, final, later):
    """A new file as its own commit adds it: later changes undone."""
    later = [mail for mail in later if name in mail.sections]
    if not later:
        return final
    with tempfile.TemporaryDirectory() as scratch:
        path = os.path.join(scratch, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(final[1])
        os.chmod(path, int(final[0], 8) & 0o777)
        env = dict(ENV, GIT_CEILING_DIRECTORIES=os.path.dirname(scratch))
        for mail in reversed(later):
            done = attempt("apply", "-R", "--whitespace=nowarn", "-",
                           directory=scratch, env=env,
                           stdin=mail.sections[name])
            if done.returncode:
                raise Failure(
                    f"patches/{mail.name}: its change to {name} is not in "
                    f"{name} as the repository has it: change such a file in "
                    "build/tree, then make export")
        return read_file(path)


class Forge:
    """Makes commits in a git directory from a small index of its own."""

    def __init__(self, gitdir, base):
        self.gitdir = gitdir
        self.base = base

    def git(self, *args, **keywords):
        return git(f"--git-dir={self.gitdir}", *args, **keywords)

    def make(self, series, threeway=False):
        """Commit the series on the base.

        Returns the last commit and what was merged three-way, as
        [(patch, file)]. Raises DoesNotApply with everything that does not.
        """
        touched = sorted({name for commit in series
                          for name in (*commit.mail.sections, *commit.files)})
        with tempfile.TemporaryDirectory() as scratch:
            index = os.path.join(scratch, "index")
            env = dict(ENV, GIT_INDEX_FILE=index)
            listing = self.git("ls-tree", "-r", "-z", self.base, "--",
                               *touched) if touched else b""
            self.git("read-tree", "--empty", env=env)
            self.git("update-index", "-z", "--index-info", stdin=listing,
                     env=env)
            problems, merged, stream = [], [], []
            broken = set()
            before = self.entries(env)
            for number, commit in enumerate(series, 1):
                self.apply(commit, env, index, threeway, broken, problems,
                           merged)
                after = self.entries(env)
                stream.append(self.record(number, commit.mail, before, after))
                before = after
            if problems:
                raise DoesNotApply(problems)
        if not series:
            return self.base, merged
        mark = f"get-mark :{len(series)}\ndone\n".encode()
        out = self.git("fast-import", "--quiet", "--done", "--force",
                       "--date-format=rfc2822", "--cat-blob-fd=1",
                       stdin=b"".join(stream) + mark)
        self.git("update-ref", "-d", MADE_REF)
        return out.decode().strip(), merged

    def entries(self, env):
        """path -> "mode blob" of the index."""
        listing = self.git("ls-files", "-s", "-z", env=env)
        rows = (row.decode().split("\t", 1) for row in listing.split(b"\0")
                if row)
        return {path: fields.rsplit(" ", 1)[0] for fields, path in rows}

    def apply(self, commit, env, index, threeway, broken, problems, merged):
        mail = commit.mail
        how = ["--3way"] if threeway else []
        kept = index + ".kept"
        shutil.copyfile(index, kept)

        def fits(diff, options):
            done = attempt(f"--git-dir={self.gitdir}", "apply", "--cached",
                           "--whitespace=nowarn", *options, "-", stdin=diff,
                           env=env)
            if done.returncode:
                shutil.copyfile(kept, index)
            return done

        if mail.diff.strip() and fits(mail.diff, []).returncode:
            for name, diff in mail.sections.items():
                if name in broken:
                    continue
                done = fits(diff, [])
                if done.returncode and how:
                    done = fits(diff, how)
                    if not done.returncode:
                        merged.append((mail.name, name))
                if done.returncode:
                    broken.add(name)
                    problems.append((mail.name, name, reason(done.stderr)))
                else:
                    shutil.copyfile(index, kept)
        there = self.entries(env)
        for name, (mode, data) in commit.files.items():
            if name in there:
                problems.append((mail.name, name, "is in the tree already"))
                continue
            blob = self.git("hash-object", "-w", "--stdin",
                            stdin=data).decode().strip()
            self.git("update-index", "--add", "--cacheinfo",
                     f"{mode},{blob},{name}", env=env)

    def record(self, number, mail, before, after):
        """The commit in fast-import's words."""
        message = mail.message
        parent = self.base if number == 1 else f":{number - 1}"
        rows = [f"commit {MADE_REF}\nmark :{number}",
                f"author {mail.author} {mail.date}",
                f"committer {mail.author} {mail.date}",
                f"data {len(message)}"]
        text = "\n".join(rows).encode() + b"\n" + message
        text += f"from {parent}\n".encode()
        for name in sorted(before.keys() - after.keys()):
            text += f"D {name}\n".encode()
        for name in sorted(after):
            if before.get(name) != after[name]:
                text += f"M {after[name]} {name}\n".encode()
        return text + b"\n"


def reason(stderr):
    """Why git apply refused, in a few words."""
    text = stderr.decode()
    found = re.search(r"patch failed: .*:(\d+)", text)
    if found:
        return f"the change at line {found.group(1)} does not apply"
    if "does not exist in index" in text or "No such file" in text:
        return "no such file in the tree"
    if "already exists" in text:
        return "is in the tree already"
    return text.strip().splitlines()[0] if text.strip() else "does not apply"


def busy(gitdir):
    """What git is in the middle of, or None."""
    for name, what in (("rebase-merge", "a rebase"),
                       ("rebase-apply", "a rebase or git am"),
                       ("MERGE_HEAD", "a merge"),
                       ("CHERRY_PICK_HEAD", "a cherry-pick"),
                       ("REVERT_HEAD", "a revert"),
                       ("BISECT_LOG", "a bisection")):
        if os.path.exists(os.path.join(gitdir, name)):
            return what
    return None


def normalised(gitdir, base, head):
    """The commits base..head as the series will make them: one author.

    Returns [(commit, its normalised commit)], in order.
    """
    made, parent = [], base
    for commit in line(f"--git-dir={gitdir}", "rev-list", "--reverse",
                       f"{base}..{head}").split():
        date = line(f"--git-dir={gitdir}", "show", "-s", "--format=%ad",
                    "--date=raw", commit)
        env = dict(ENV, GIT_AUTHOR_NAME=NAME, GIT_AUTHOR_EMAIL=EMAIL,
                   GIT_AUTHOR_DATE=date, GIT_COMMITTER_NAME=NAME,
                   GIT_COMMITTER_EMAIL=EMAIL, GIT_COMMITTER_DATE=date)
        message = git(f"--git-dir={gitdir}", "show", "-s", "--format=%B",
                      commit)
        message = git("stripspace", stdin=message)
        parent = line(f"--git-dir={gitdir}", "commit-tree", "-p", parent,
                      f"{commit}^{{tree}}", stdin=message, env=env)
        made.append((commit, parent))
    return made


def read_ref(gitdir, name):
    done = attempt(f"--git-dir={gitdir}", "rev-parse", "--verify", "-q",
                   f"{name}^{{commit}}")
    return done.stdout.decode().strip() or None


def head_of_series():
    """(base, the commit that patches/ gives on it), made in build/tree."""
    gitdir = os.path.join(TREE, ".git")
    if not os.path.isdir(gitdir):
        raise Failure("build/tree is missing: type make tree")
    mails, files, digest = load()
    if not mails:
        raise Failure("patches/series is empty")
    base = read_ref(gitdir, "refs/tags/base")
    with open(os.path.join(gitdir, DIGEST), encoding="ascii") as file:
        if file.read() != f"{base} {digest}\n":
            raise Failure("patches/ has changed since build/tree was made: "
                          "type make tree first")
    return base, Forge(gitdir, base).make(commits(mails, files))[0]
