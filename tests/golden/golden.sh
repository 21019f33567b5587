#!/bin/sh
# golden.sh RETAINCTL FOLDER [NAME...]: runs every FOLDER/NAME.cmd (the arguments of retainctl, as a
# shell reads them) from the source tree's root, and compares what it prints and its exit code with
# NAME.out. UPDATE=1 writes the .out files instead: read the difference before you commit it.
set -u
# shellcheck disable=SC2034 # for eval
retainctl=$1
folder=$2
shift 2
[ $# -gt 0 ] || set -- "$folder"/*.cmd
export NO_COLOR=1 TZ=America/New_York LC_ALL=C
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failed=0
for name in "$@"; do
	name=$(basename "$name" .cmd)
	eval "\"\$retainctl\" $(cat "$folder/$name.cmd")" >"$work/stdout" 2>"$work/stderr"
	code=$?
	{
		cat "$work/stdout"
		echo "--- standard error"
		cat "$work/stderr"
		echo "--- exit code $code"
	} >"$work/out"
	if [ -n "${UPDATE:-}" ]; then
		cp "$work/out" "$folder/$name.out"
	elif ! diff -u "$folder/$name.out" "$work/out"; then
		echo "$name: not as expected"
		failed=1
	fi
done
[ $failed = 0 ] && echo "$# as expected"
exit $failed
