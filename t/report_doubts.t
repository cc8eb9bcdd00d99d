# What tlsgatectl report says of logs that count twice or tell too little, of the protocols that count, and of a client that
# is not there.
use strict;
use warnings;
use File::Temp ();
use Test::More;

my $CTL = ($ENV{BUILD} || 'build') . '/tlsgatectl';
my $dir = File::Temp->newdir;
delete $ENV{TLSGATE_STATE};

sub file_of { my ($name, @lines) = @_; open my $out, '>', "$dir/$name" or die "$name: $!"; print $out map { "$_\n" } @lines; close $out; return "$dir/$name" }
sub report { my (@args) = @_; my $said = qx('$CTL' --httpd /bin/false report @{[ map { "'$_'" } @args ]} 2>&1); return ($said, $? >> 8) }
sub request { my ($address, $more) = @_; return qq($address - - [29/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 5 "-" "curl"$more) }

my $new = file_of('new.log', request('192.0.2.1', ' TLSv1.2 ECDHE-RSA-AES128-GCM-SHA256'), request('192.0.2.2', ' TLSv1.3 TLS_AES_256_GCM_SHA384'));
my $own = file_of('own.ndjson', map { qq({"\@timestamp":"2026-11-29T10:00:0$_.000Z","ecs":{"version":"8.11.0"},"event":{"action":"request"},"client":{"ip":"192.0.2.7"},"tls":{"version":"1.0","version_protocol":"tls"},"tlsgate":{"schedule":"legacy","client":"account:A-4","protocol":"TLSv1","rejected":false}}) } 1, 2);

# --- the protocols that count
my ($said) = report($new);
like($said, qr/^0 of 0 clients.*\n(?:.*\n)*Counted as deprecated: SSLv3 TLSv1 TLSv1\.1 \(no plan is known here; --deprecated names others\)$/m, 'without a plan it says which count');
($said) = report('--deprecated', 'TLSv1.1,TLSv1.2', $new);
like($said, qr/^ip:192\.0\.2\.1 .*\n1 of 1 clients/m, '... and others can be named');
like($said, qr/^Counted as deprecated: TLSv1\.1 TLSv1\.2 \(/m, '... which it says');
for my $wrong ('foo', 'any', 'cleartext') {
    my ($text, $status) = report('--deprecated', $wrong, $new);
    like("$status $text", qr/\A2 .*--deprecated "$wrong": it is no version of TLS; write some of SSLv3 TLSv1 TLSv1\.1 TLSv1\.2 TLSv1\.3, with commas between them$/m, "... but not $wrong");
}

# --- twice
like((report($new, $new))[0], qr/\Q$new\E is named twice, so its requests count twice; name it once$/m, 'one name twice');
symlink $new, "$dir/link.log" or die $!;
like((report($new, "$dir/link.log"))[0], qr/(?:\Q$new\E and \S+link\.log|\S+link\.log and \Q$new\E) are one file, so its requests count twice; name it once$/m, 'two names of one file');
unlike((report($new))[0], qr/twice/, 'nothing of one');
my ($mixed) = report($own, $new);
like($mixed, qr/logs of this module and logs of other servers are read together: a request that is in both counts twice/, 'both kinds of logs') or diag($mixed);

# --- no protocol
my $plain = file_of('plain.log', map { request("192.0.2.$_", '') } 1, 2);
for my $from ([], ['--from', 'httpd']) {
    my ($text) = report(@$from, $plain);
    like($text, qr/plain\.log: it has an address and a time but no protocol, so it does not tell who is left; log %\{SSL_PROTOCOL\}x as well$/m, "a log without a protocol @$from");
    unlike($text, qr/name the format with --from/, '... where --from does not help');
}
my $words = file_of('words.log', 'what is this');
like((report($words))[0], qr/no line has a known format; name the format with --from$/m, 'a log of no known format');
like((report('--from', 'nginx', $words))[0], qr/no line has the format nginx, which --from names$/m, '... or not of the one that is named');

# --- a client
like((report('--client', 'account:a-4', $own))[0], qr/no client account:a-4 is in what was read; names are case-sensitive; did you mean account:A-4\?$/m, 'a client that is not there');
unlike((report('--client', 'account:A-4', $own))[0], qr/no client/, '... and one that is');
like((report('--client', 'A-20', $own))[0], qr/"A-20" is not a client: .*; did you mean account:A-20\?$/m, 'a client without its kind');
done_testing;
