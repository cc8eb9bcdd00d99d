#!/usr/bin/perl
# What each machine of a fleet, in a network namespace of its own where that is permitted, reports: `status --store` tells apart one that has the change, one whose
# directory is refused, one without a httpd and one that is dead; a change waits for all of them.
use strict;
use warnings;

use lib 't/lib';
use HTTP::Tiny;
use JSON::PP;
use MIME::Base64;
use Test::More;
use TlsGate::Client qw(ask);
use TlsGate::Ctl qw(says);
use TlsGate::Etcd;
use TlsGate::Follow;
use TlsGate::Netns;

if (my $missing = TlsGate::Etcd::missing()) { plan skip_all => $missing }

my $KEY = 'tlsgate/state';
my @WHY = (qw(--reason because --by ops --yes));
my $CONF = <<'CONF';
Listen $ADDRESS:@tls@
SSLEngine on
TlsGate legacy-tls
<TlsGateSchedule legacy-tls>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateCutoff    2018-08-07T08:40Z
</TlsGateSchedule>
CONF

my @spaces = TlsGate::Netns::make(3);
note(@spaces ? 'three network namespaces' : 'network namespaces are not permitted here: three servers of this machine');
my $etcd = TlsGate::Etcd->new(also => [ map { $_->{here} } @spaces ]);
my $url = $etcd->url($KEY);
my (@machines, @follows);

# That machine, its part of the command line, and the store as it sees it.
sub address { my ($i) = @_; return @spaces ? $spaces[$i]{address} : '127.0.0.1' }
sub there { my ($i) = @_; return @spaces ? TlsGate::Netns::enter($spaces[$i]) : () }
sub url_there { my ($i) = @_; return @spaces ? $etcd->url($KEY, host => $spaces[$i]{here}) : $url }
sub follow { my ($i) = @_; $follows[$i] = TlsGate::Follow->new($machines[$i], url_there($i), command => [there($i)], env => { LD_PRELOAD => undef }, arguments => ['--name', "web-$i"]) }
for my $i (0 .. 2) {
    $machines[$i] = TlsGate::Ctl->new(conf => $CONF =~ s/\$ADDRESS/address($i)/er, runs => 0, waits => 1, under => [there($i)], @spaces ? (listening => {}) : ());
    $machines[$i]{httpd}->start;
    follow($i);
}
my @pid = map { $_->{httpd}{pid} } @machines;
sub answers { return join(' ', map { (ask(at => address($_), port => $machines[$_]{httpd}->port, tls => 'TLSv1') || { status => 'none' })->{status} } 0 .. 2) }
sub change { my (@what) = @_; return $machines[0]->run_as({ env => { LD_PRELOAD => undef } }, TlsGate::Ctl::program(), '--httpd', $machines[0]{wrapper}, '--store', $url, @what, @WHY) }
sub status { return $machines[0]->run_as({ env => { LD_PRELOAD => undef } }, TlsGate::Ctl::program(), $machines[0]->standard, '--store', $url, 'status', '--json') }

# Waits until status says so of the fleet, and has problems that match; returns its document.
sub stands {
    my ($machines, @problems) = @_;
    my $document;
    my $ok = $machines[0]{httpd}->wait_until(sub {
        $document = eval { $machines[0]->json_of(status()) } or return 0;
        my @told = map { $_->{text} } @{ $document->{problems} };
        return ($document->{fleet} // '') eq $machines && !grep { my $p = $_; !grep { /$p/ } @told } @problems;
    }, undef, 0.2);
    diag(explain($document)) if !$ok;
    return $ok;
}
my @SUSPEND = qw(suspend legacy-tls --for PT1H);
my @RESUME = qw(resume legacy-tls);

ok(stands('3 of 3 machines have it'), 'all three report before there is a document');
says(change(@SUSPEND), 0, qr/./, qr/^tlsgatectl: done: \Q$url\E is written; 3 of 3 machines have it$/m, 'a change is done when all have it');
is(answers(), '200 200 200', '... which is true at the clients');
ok(stands('3 of 3 machines have it'), '... and status says so');
is_deeply([ grep { /^web-/ } map { $_->{text} } @{ $machines[0]->json_of(status())->{problems} } ], [], '... with no problem of a machine');

# --- one whose directory is refused -----------------------------------------------------------
chmod 0777, $machines[1]{dir};
my $refused = qr/^web-1: httpd \(pid $pid[1]\) has refused it since \S+: the directory is writable by group or others; run chmod go-w \S+; it still uses what it read at /;
ok(stands('2 of 3 machines have it', $refused), 'a machine with a refused directory, in the words of its httpd');

# --- one without a httpd ----------------------------------------------------------------------
$machines[2]{httpd}->stop;
ok(stands('1 of 3 machines have it', $refused, qr/^web-2: no httpd runs with this state file$/), 'a machine whose httpd does not run');
my $said = change(@RESUME, '--wait', '3s');
says($said, 3, qr/./, qr/^tlsgatectl: done: \S+ is written; 1 of 3 machines have it$/m, 'a change says how many have it');
like($said->{err}, qr/^tlsgatectl: warning: \S+ is written, but not in force: web-1: httpd \(pid $pid[1]\) has refused it/m, '... and which have not');
like($said->{err}, qr/^tlsgatectl: warning: \S+ is written, but not in force: web-2: no httpd runs/m, '... and why');
says(change(@SUSPEND, '--no-wait'), 0, qr/./, qr/^tlsgatectl: written: \S+; not waited for: /m, '--no-wait');

# --- one that is dead -------------------------------------------------------------------------
$follows[2]->end('KILL');
ok(stands('1 of 3 machines have it', $refused, qr/^web-2: it no longer reports; its last report was at \S+Z$/), 'a machine that is dead');
chmod 0755, $machines[1]{dir};
ok(stands('2 of 3 machines have it', qr/^web-2: it no longer reports/), '... the repaired one has it');
$machines[2]{httpd}->start;
follow(2);
ok(stands('3 of 3 machines have it'), '... and the dead one is back');
is(answers(), '200 200 200', '... which is true at the clients');

# --- etcd starts anew: its leases are gone ----------------------------------------------------
$etcd->restart;
ok(stands('3 of 3 machines have it'), 'etcd was restarted');
says(change(@RESUME), 0, qr/./, qr/3 of 3 machines have it/, '... and the fleet follows');
is(answers(), '426 426 426', '... which is true at the clients');

# --- more machines than are read at once ------------------------------------------------------
for my $first (map { 100 * $_ } 0 .. 9) {
    my @puts = map { { requestPut => { key => encode_base64(sprintf('%s.machines/a%04d', $KEY, $_), ''), value => encode_base64('{}', '') } } } $first .. $first + 99;
    my $r = HTTP::Tiny->new->post('http://127.0.0.1:' . ($etcd->ports)[0] . '/v3/kv/txn', { content => JSON::PP->new->encode({ success => \@puts }) });
    $r->{success} or die "etcd: $r->{status} $r->{content}";
}
ok(stands('3 of 1003 machines have it'), 'all of them count');
$_->end('TERM') for @follows;
$_->{httpd}->stop for @machines;
done_testing;
