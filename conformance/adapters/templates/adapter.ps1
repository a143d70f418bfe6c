# A beginning for an adapter of your BYOK tool (docs/adapter-contract.md). Fill in what is marked by TODO. It was written for
# PowerShell 7 and has not been run by the tests of this suite, which need no PowerShell: try it by hand first.
#   pwsh -NoProfile -File ./adapter.ps1 capabilities
#   keyferry-conformance producer --adapter 'pwsh -NoProfile -File ./adapter.ps1' --targets targets.json
$ErrorActionPreference = 'Stop'
$Made, $Refused, $Unsupported = 0, 1, 77
# What nobody foresaw is a crash: PowerShell itself would end with 1, which says that the tool refused.
trap { [Console]::Error.WriteLine($_); exit 70 }

# TODO: what your tool can do. Claim no more: each claim is tried.
$Capabilities = [ordered]@{
  contract = '1'; name = 'my tool'; version = '0.0'
  keyTypes = @('rsa-2048', 'ec-p256'); kekSizes = @(2048, 3072, 4096); mechanisms = @('CKM_RSA_AES_KEY_WRAP')
  oct = $false; kekAttributes = $false; thumbprint = $false; provision = $false; objects = $false
}

function Invoke-Wrap([string[]] $Words) {
  # --kek-pem F --kid URL --target ID --out FILE, in this order.
  $pem, $kid, $target, $out = $Words[1], $Words[3], $Words[5], $Words[7]
  $tool = if ($env:KEYFERRY_MYTOOL) { $env:KEYFERRY_MYTOOL } else { 'my-byok-tool' }
  # TODO: the command of your tool. Its PIN comes from a file: KEYFERRY_MYTOOL_PIN_FILE passes to this adapter.
  & $tool --kek $pem --kek-id $kid --key $target --output $out
  $status = $LASTEXITCODE
  # TODO: which of its exit statuses mean that it refused, with a reason on stderr? All others are crashes.
  switch ($status) {
    0 { exit $Made }
    { $_ -in 1, 2 } { exit $Refused }
    default { exit $status }
  }
}

$command, $rest = $args
switch ($command) {
  'capabilities' { $Capabilities | ConvertTo-Json -Compress; exit $Made }
  'wrap' { Invoke-Wrap $rest }
  default { exit $Unsupported }
}
