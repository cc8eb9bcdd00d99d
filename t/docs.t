# The documents are true: their configurations pass httpd -t (or fail with the
# message that is printed), their jq commands work on the log of a real httpd,
# their JSON has the fields of real answers, their links lead somewhere, and the
# sample configuration turns nobody away by being included.
#
# How an example is run. ```apache stands for a file that httpd includes:
#   1. Directives of a schedule outside of a section are wrapped in one, with
#      TlsGateDeprecate TLSv1 if they have none.
#   2. A schedule that a TlsGate line names and the example does not define is added,
#      and a TlsGate line for a schedule that none names.
#   3. The files of SSLCertificate... are the test's. APACHE_LOG_DIR is defined, as
#      Debian's envvars does.
# ```apache-wrong is run as it stands and must fail with the ```text behind it.
# ```sh that has jq in it is run on a log that was rotated, its path replaced.
# ```console is not run.
use strict;
use warnings;

use lib 't/lib';

use Digest::SHA qw(sha256_hex);
use File::Basename qw(dirname);
use IO::Compress::Gzip qw(gzip $GzipError);
use JSON::PP;
use Test::More;
use TlsGate::Client qw(ask json_of);
use TlsGate::Httpd;

my @DOCUMENTS = grep { -e } glob('README.md CONTRIBUTING.md SECURITY.md CHANGES.md docs/*.md');
my $SAMPLE = 'conf/tlsgate.conf';
my $LOGS = qr{/[\w/]*(?=/tlsgate\*\.ndjson\*)}; # the directory of the logs of all days
my @MODULES = qw(proxy proxy_http);
my $OF_SCHEDULE = qr/TlsGate(?:Deprecate|Announce|Trial|Cutoff|Grace|Refuse|Status|Info)/;

my %text = map { $_ => TlsGate::Httpd::slurp($_) } @DOCUMENTS, $SAMPLE;
my @blocks = map { blocks_of($_) } @DOCUMENTS;
my ($cert, $key) = TlsGate::Httpd::certificate();

# Every fenced block: where, language, text, and the block behind it.
sub blocks_of {
    my ($file) = @_;
    my @found;
    while ($text{$file} =~ /^```([\w-]*)\n(.*?)^```$/msg) {
        my ($lang, $block) = ($1, $2);
        my $line = 1 + substr($text{$file}, 0, $-[0]) =~ tr/\n//;
        push @found, { at => "$file:$line", lang => $lang, text => $block };
        $found[-2]{next} = $found[-1] if @found > 1;
    }
    return @found;
}

sub of_language { my ($lang) = @_; return grep { $_->{lang} eq $lang } @blocks }

# --- configurations ---

sub has_loose_directives {
    my ($conf) = @_;
    $conf =~ s/^\s*<TlsGateSchedule.*?<\/TlsGateSchedule>//msg;
    return $conf =~ /^\s*$OF_SCHEDULE\b/m;
}

sub complete {
    my ($conf) = @_;
    if (has_loose_directives($conf)) {
        my $trait = $conf =~ /^\s*TlsGateDeprecate/m ? '' : "TlsGateDeprecate TLSv1\n";
        $conf = "<TlsGateSchedule example>\n$trait$conf</TlsGateSchedule>\n";
    }
    my %defined = map { $_ => 1 } $conf =~ /^\s*<TlsGateSchedule\s+([\w.-]+)>/mg;
    my %named = map { $_ => 1 } grep { !/=|^off$|^report-only$/ }
        map { split } $conf =~ /^\s*TlsGate\s+(.*)$/mg;
    return join('', $conf, (map { "<TlsGateSchedule $_>\nTlsGateDeprecate TLSv1\n</TlsGateSchedule>\n" }
        grep { !$defined{$_} } sort keys %named), map { "TlsGate $_\n" } grep { !$named{$_} } sort keys %defined);
}

sub configtest {
    my ($conf) = @_;
    $conf =~ s/(SSLCertificateFile)\s.*/$1 $cert/g;
    $conf =~ s/(SSLCertificateKeyFile)\s.*/$1 $key/g;
    my $httpd = TlsGate::Httpd->new(modules => \@MODULES, conf => "Define APACHE_LOG_DIR \$DIR/logs\n$conf");
    return $httpd->configtest;
}

sub squeezed { my ($s) = @_; $s =~ s/\s+/ /g; $s =~ s/^ | $//g; return $s }

for my $block (of_language('apache')) {
    my ($rc, $said) = configtest(complete($block->{text}));
    ok($rc == 0 && $said eq "Syntax OK\n", "$block->{at}: httpd -t takes it") or diag($said);
}
cmp_ok(scalar of_language('apache'), '>', 20, 'there are examples of configuration');

for my $block (of_language('apache-wrong')) {
    my ($rc, $said) = configtest($block->{text});
    my $message = $block->{next} && $block->{next}{lang} eq 'text' ? squeezed($block->{next}{text}) : undef;
    ok($message && $rc && index(squeezed($said), $message) >= 0, "$block->{at}: httpd -t refuses it as printed")
        or diag($said);
}
cmp_ok(scalar of_language('apache-wrong'), '>', 3, 'there are examples of wrong configuration');

# --- the reference ---

my @directives = TlsGate::Httpd::slurp('mod_tlsgate.c') =~ /^\s+[A-Z]+\("(<?TlsGate\w*)"/mg;
cmp_ok(scalar @directives, '>', 10, 'mod_tlsgate.c has directives');
my %section = $text{'docs/reference.md'} =~ /^## `?(<?TlsGate\w*)>?`?\n(.*?)(?=^##? )/msg;
is_deeply([sort keys %section], [sort @directives], 'the reference has a section for each, and no other');
for my $name (sort keys %section) {
    my $fields = join(' ', $section{$name} =~ /^- \*\*(\w+):\*\*/mg);
    is($fields, 'Description Syntax Default Context Status Module', "$name: the fields");
    my ($syntax) = $section{$name} =~ /^- \*\*Syntax:\*\* (.*)$/m;
    like($syntax, qr/`\Q$name\E /, "$name: the syntax names it");
    like($section{$name}, qr/^```apache\n[^`]*\Q$name\E\s/m, "$name: an example with it");
}
for my $name (@directives) {
    my $times = () = $text{$SAMPLE} =~ /^\s*\Q$name\E\s/mg;
    is($times, 1, "$SAMPLE: $name once");
}

# --- links ---

# The anchor that a heading has: as GitHub makes it.
sub anchors {
    my ($file) = @_;
    (my $prose = $text{$file} // '') =~ s/^```.*?^```$//msg;
    return map { my $a = lc; $a =~ s/[^\w\s-]//g; $a =~ s/\s/-/g; ($a => 1) } $prose =~ /^#+ (.*)$/mg;
}

my $links = 0;
for my $file (@DOCUMENTS) {
    (my $prose = $text{$file}) =~ s/^```.*?^```$//msg;
    while ($prose =~ /\]\(([^)\s]+)\)/g) {
        my $target = $1;
        next if $target =~ /^[a-z]+:/;
        my ($path, $anchor) = split(/#/, $target, 2);
        my $there = length $path ? dirname($file) . "/$path" : $file;
        $there =~ s{^\./}{};
        1 while $there =~ s{[^/]+/\.\./}{};
        ok(-e $there, "$file: $target exists");
        my %has = anchors($there);
        ok($has{$anchor}, "$file: $target has that heading") if defined $anchor;
        $links++;
    }
}
cmp_ok($links, '>', 5, 'there are links');

# --- the sample configuration, as it is and with report-only taken out ---

sub server {
    my ($conf, $clock) = @_;
    return TlsGate::Httpd->new(modules => ['remoteip'], clock => $clock, conf => <<"CONF")->start;
Listen \@tls\@ https
Define APACHE_LOG_DIR \$DIR/logs
RemoteIPHeader X-Forwarded-For
RemoteIPInternalProxy 127.0.0.1
$conf
<VirtualHost *:\@tls\@>
    ServerName api.example.com
    SSLEngine on
</VirtualHost>
CONF
}

my $java = 'User-Agent: Java/1.7.0_80';
my $python = 'User-Agent: python-requests/2.4.0 CPython/2.7.6';
my $from = 'X-Forwarded-For: 192.0.2.7';

sub request {
    my ($httpd, $tls, $path, @headers) = @_;
    return ask(port => $httpd->port, sni => 'api.example.com', tls => $tls, path => $path, headers => [$from, @headers]);
}

my $harmless = server($text{$SAMPLE}, '2026-12-01T00:00:00Z');
for my $clock (qw(2026-12-01T00:00:00Z 2027-04-14T09:02:00Z 2027-06-01T10:00:00Z 2031-01-01T00:00:00Z)) {
    $harmless->set_clock($clock);
    my $r = request($harmless, 'TLSv1', '/', $java, 'X-Account: A-20');
    ok($r->{status} == 200 && !$r->{headers}{deprecation}, "$SAMPLE, included: TLSv1 is served at $clock, and not told");
}
$harmless->finish_ok;

(my $armed = $text{$SAMPLE}) =~ s/ report-only$//m or die "$SAMPLE has no report-only\n";
my $httpd = server($armed, '2026-12-15T12:00:00Z');
my %real; # the kinds of JSON that a server sends
request($httpd, 'TLSv1', '/orders', $java, 'X-Account: A-20');
request($httpd, 'TLSv1.1', '/orders', $python, 'X-Account: A-23');
$httpd->set_clock('2027-02-01T12:00:00Z');
request($httpd, 'TLSv1', '/orders?api_key=secret', $java);
request($httpd, 'TLSv1', '/x' x 300, 'User-Agent: ' . 'x' x 3000, 'X-Account: A-23');
$httpd->set_clock('2027-04-14T09:02:00Z');
my $rejected = request($httpd, 'TLSv1', '/orders', $java, 'X-Account: A-20');
is($rejected->{status}, 426, 'the trial of the sample rejects the customer of the documents');
$real{problem} = json_of($rejected);
$real{verify} = json_of(request($httpd, 'TLSv1', '/tlsverification', $java, 'X-Account: A-20'));
$real{schedule} = json_of(request($httpd, 'TLSv1', '/deprecations'));
$httpd->set_clock('2027-06-01T09:00:00Z');
is(request($httpd, 'TLSv1', '/orders', $java, 'X-Account: A-20')->{status}, 426, 'its cutoff too');
request($httpd, 'TLSv1', '/deprecations', $python);
my @sightings = $httpd->wait_sightings(9);
is(scalar @sightings, 9, 'each request is a line of the log');
($real{log}) = grep { $_->{tlsgate}{phase} eq 'trial' && $_->{tlsgate}{enforced} } @sightings;

# --- JSON ---

# Every path from the root to a value; items of a list count as one.
sub paths {
    my ($value, $path) = @_;
    return map { paths($value->{$_}, length $path ? "$path.$_" : $_) } keys %$value if ref $value eq 'HASH';
    return map { paths($_, "$path\[]") } @$value if ref $value eq 'ARRAY' && @$value;
    return $path;
}

sub path_set { my %set = map { $_ => 1 } paths($_[0], ''); return [sort keys %set] }

# What an example is one of is told by a member that only that kind has.
sub kind_of {
    my ($json) = @_;
    return exists $json->{'@timestamp'} ? 'log' : exists $json->{title} ? 'problem'
        : exists $json->{deprecated} ? 'verify' : 'schedule';
}

my %seen;
for my $block (of_language('json')) {
    my $json = eval { JSON::PP->new->utf8->decode($block->{text}) };
    ok($json, "$block->{at}: it is JSON") or next;
    my $kind = kind_of($json);
    is_deeply(path_set($json), path_set($real{$kind}), "$block->{at}: the fields of a real answer ($kind)");
    $seen{$kind}++;
}
is_deeply([sort keys %seen], [sort keys %real], 'there is an example of each kind');

# The log's table names what lines have, no more and no less.
my ($table) = $text{'docs/reference.md'} =~ /^## Fields\n(.*?)^## /ms;
my %logged = map { $_ => 1 } map { s/\[\]$//r } map { paths($_, '') } @sightings;
is_deeply([sort $table =~ /^\| `([\w.@]+)` \|/mg], [sort keys %logged], 'the reference names the fields of the log');

# Those of the pages likewise.
for my $page (qw(verify schedule)) {
    my ($text) = $text{'docs/reference.md'} =~ /^## The page tlsgate-$page\n(.*?)^#/ms;
    my %named = map { $_ => 1 } map { /`(\w+)`/g } map { (split /\|/)[1] } $text =~ /^(\| `.*)$/mg;
    my $answer = $page eq 'verify' ? $real{verify} : $real{schedule}{schedules}[0];
    is_deeply([sort keys %named], [sort keys %$answer], "the reference names the fields of tlsgate-$page");
}

# --- commands ---

# Everything was rotated, half of it is compressed, and today has brought nothing yet.
my $logs = $httpd->dir . '/logs';
my @lines = split(/^/, TlsGate::Httpd::slurp("$logs/tlsgate.ndjson"));
my $old = join('', splice(@lines, 0, 4));
gzip(\$old => "$logs/tlsgate.ndjson.2.gz") or die "$GzipError\n";
$httpd->write_file('logs/tlsgate.2027-04-14.ndjson', join('', @lines));
truncate("$logs/tlsgate.ndjson", 0) or die "$logs: $!\n";

my $commands = 0;
for my $block (grep { $_->{text} =~ /\bjq\b/ } of_language('sh')) {
    (my $command = $block->{text}) =~ s/$LOGS/$logs/g;
    $httpd->write_file('command', $command);
    my $output = `sh -e $httpd->{dir}/command 2>$httpd->{dir}/complaint`;
    ok($? == 0 && $output =~ /\S/ && !-s "$httpd->{dir}/complaint", "$block->{at}: jq answers")
        or diag($command, $output, TlsGate::Httpd::slurp("$httpd->{dir}/complaint"));
    $commands++;
}
cmp_ok($commands, '>', 5, 'there are commands with jq');

# What stands behind a hashed address, as a command says it.
my ($hash) = grep { $_->{text} =~ /\bsha256sum\b/ } of_language('sh');
is(`$hash->{text}` =~ s/\s+\z//r, substr(sha256_hex('192.0.2.7'), 0, 32), "$hash->{at}: the hash of the address");

$httpd->finish_ok;
done_testing();
