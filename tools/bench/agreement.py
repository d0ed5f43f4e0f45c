"""Makes an agreement that both parties can sign: docs/examples/agreement.yaml with keys that gpg makes for this run alone.

    agreement.py docs/examples/agreement.yaml FOLDER

FOLDER gets agreement.yaml and TEAM.key, the private key of each team. Quotas are taken out: they are no part of what is measured.
"""

import re
import subprocess
import sys


def gpg(home, *args):
    return subprocess.run(["gpg", "--homedir", home, "--batch", "--quiet", "--passphrase", "", "--pinentry-mode", "loopback", *args],
                          check=True, capture_output=True, text=True).stdout


def main():
    example, folder = sys.argv[1:3]
    home = f"{folder}/gpg"
    subprocess.run(["install", "-d", "-m", "700", home], check=True)
    with open(example) as f:
        text = f.read()
    text = re.sub(r"\n    quotas:\n(      - .*\n)+", "\n", text)
    for team in re.findall(r"\n    team: (\S+)", text):
        mail = f"{team}@bench.example"
        gpg(home, "--quick-gen-key", mail, "ed25519", "sign", "never")
        listed = gpg(home, "--with-colons", "--list-keys", mail)
        fingerprint = re.search(r"\nfpr:+([0-9A-F]+):", listed).group(1)
        public = "".join(f"          {line}\n" for line in gpg(home, "--armor", "--export", mail).splitlines())
        with open(f"{folder}/{team}.key", "w") as f:
            f.write(gpg(home, "--armor", "--export-secret-keys", mail))
        text = re.sub(rf"(team: {team}\n(?:.*\n)*?    keys:\n)      - fingerprint: .*\n        key: \|\n(?:          .*\n)+",
                      rf"\g<1>      - fingerprint: {fingerprint}\n        key: |\n{public}", text, count=1)
    subprocess.run(["gpgconf", "--homedir", home, "--kill", "gpg-agent"], check=False)
    with open(f"{folder}/agreement.yaml", "w") as f:
        f.write(text)


main()
