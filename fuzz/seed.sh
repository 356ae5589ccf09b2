#!/bin/sh
# Copies the golden bodies into the fuzz corpus, and writes the few seeds that no golden covers.
# In: crates/wire/testdata. Out: fuzz/corpus/<target>/. Absent: what a fuzzer finds; add those by hand.
# Next: README.md beside this file.
set -eu
cd "$(dirname "$0")"
mkdir -p corpus/decode corpus/signature corpus/tag corpus/answer
for body in ../crates/wire/testdata/in/*/*.json; do
  case "$body" in *.items.json) continue ;; esac
  field=$(basename "$(dirname "$body")")
  cp "$body" "corpus/decode/$field-$(basename "$body")"
done
printf '[' > corpus/decode/cut
printf '{"entry":[{"changes":[{"field":"messages","value":{"messages":[{"id":"\\ud800\\u0000","type":"text","text":{"body":1e999}}]}}]}]}' > corpus/decode/odd-characters
printf '\357\273\277{"field":"x","value":{}}' > corpus/decode/byte-order-mark
head -c 3000 /dev/zero | tr '\0' '[' > corpus/decode/deep

body='{"object":"whatsapp_business_account","entry":[]}'
good=dec6a680679a968e7e0319355b23599cbfc54502c0784668e9618baa0c633756
printf '\n%s' "$body" > corpus/signature/no-header
printf 'sha256=%s\n%s' "$good" "$body" > corpus/signature/other-secret
printf 'sha1=%s\n%s' "$(printf %s "$good" | cut -c1-40)" "$body" > corpus/signature/sha1
printf 'SHA256=%s\n%s' "$(printf %s "$good" | tr a-f A-F)" "$body" > corpus/signature/upper-case
printf 'sha256=%s\n' "$(printf %s "$good" | cut -c1-63)" > corpus/signature/truncated

printf 'v1.0192f3a4b5c67d8e9f00112233445566.1.0123456789abcdef' > corpus/tag/forged
printf 'v1.0192f3a4b5c67d8e9f00112233445566.4294967296.0123456789abcdef' > corpus/tag/attempt-too-large
printf 'v1...' > corpus/tag/dots
printf 'V1.0192F3A4B5C67D8E9F00112233445566.1.0123456789ABCDEF' > corpus/tag/upper-case
printf 'v1.0192f3a4b5c67d8e9f00112233445566.01.0123456789abcdef' > corpus/tag/leading-zero

# 200, 400, 429, 503 as two bytes each.
printf '\000\310{"messages":[{"id":"wamid.A","message_status":"accepted"}]}' > corpus/answer/accepted
printf '\000\310{"messages":[{"id":"wa' > corpus/answer/cut
printf '\001\220{"error":{"message":"m","code":131047,"error_subcode":2494010,"error_data":{"details":"d"}}}' > corpus/answer/refused
printf '\001\255too many' > corpus/answer/too-many
printf '\001\367{"error":{"code":2}}' > corpus/answer/unavailable
printf '' > corpus/answer/nothing
