#!/usr/bin/perl
# The day of a cutoff, 7 August 2018: TLS 1.0 ends at 09:40 in London, customers call, and somebody who has
# never used tlsgatectl types what people type, with the wrong things first. Whatever is wrong changes
# nothing and says what would be right; and each "done" is true at real clients of TLS 1.0 the moment
# the command returns.
use strict;
use warnings;

use lib 't/lib';
use Test::More;
use TlsGate::Client qw(ask);
use TlsGate::Ctl;

my $program = TlsGate::Ctl::program();
my $ctl = TlsGate::Ctl->new(waits => 1, runs => 0, clock => '2018-08-07T08:39:00Z', conf => <<'CONF');
Listen 127.0.0.1:@tls@ https
<VirtualHost *:@tls@>
    ServerName api.example.com
    SSLEngine on
    TlsGate legacy-tls
</VirtualHost>
<VirtualHost *:@tls@>
    ServerName reports.example.com
    SSLEngine on
    TlsGate reports
</VirtualHost>
<TlsGateSchedule legacy-tls>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateAnnounce  2018-06-01T00:00Z
    TlsGateTrial     2018-07-10T10:00+01:00/2018-07-10T11:23+01:00
    TlsGateCutoff    2018-08-07T09:40+01:00
    TlsGateRefuse    2018-11-01T00:00Z
    TlsGateStatus    400
</TlsGateSchedule>
<TlsGateSchedule reports>
    TlsGateDeprecate TLSv1
    TlsGateCutoff    2018-08-01T00:00Z
</TlsGateSchedule>
CONF
my $httpd = $ctl->{httpd};
$httpd->start;
$ctl->script('tlsgatectl', join(' ', 'exec', $program, $ctl->standard, '"$@"'));

# What a customer with TLS 1.0 gets, asked once.
sub customer { my ($host) = @_; my $r = ask(port => $httpd->port, sni => "$host.example.com", tls => 'TLSv1'); return $r ? $r->{status} : 'none' }
sub customers { return join(' ', map { "$_ " . customer($_) } qw(api reports)) }

sub types {
    my ($line) = @_;
    return $ctl->run_as({ env => { PATH => "$httpd->{dir}:$ENV{PATH}", SUDO_USER => 'alice' } }, 'sh', '-c', $line);
}

# A line that is wrong: the message, in at most two lines, and nothing changes.
sub wrong {
    my ($line, $message, $now) = @_;
    my $before = $ctl->text . $ctl->text('.audit');
    my $said = types($line);
    isnt($said->{status}, 0, $line);
    like($said->{err}, $message, '... says what would be right');
    cmp_ok(scalar(() = $said->{err} =~ /\n/g), '<=', 2, '... in two lines') or diag($said->{err});
    is($ctl->text . $ctl->text('.audit'), $before, '... and changes nothing');
    return $said;
}

# A line that is right: it says done, and that is true at once.
sub done {
    my ($line, $shows, $at_clients) = @_;
    my $said = types("$line --yes");
    is($said->{status}, 0, $line) or diag($said->{err});
    like($said->{out}, $shows, '... shows the effect');
    like($said->{err}, qr/^tlsgatectl: done: \S+ is written; httpd \(pid $httpd->{pid}\) has acted on it since /m, '... is done');
    is(customers(), $at_clients, "... and true at the clients: $at_clients");
    return $said;
}

# --- 09:40, and five minutes later the telephone rings
is(customers(), 'api 200 reports 426', '09:39: the API serves TLS 1.0, the reports are past that');
$httpd->set_clock('2018-08-07T08:45:00Z');
is(customers(), 'api 400 reports 426', '09:45: rejected');

# --- the wrong things first
wrong('tlsgatectl suspnd legacy-tls', qr/there is no command "suspnd"; did you mean suspend\?/);
my $said = wrong('tlsgatectl suspend', qr/suspend: name a schedule, or write --all \(there are: legacy-tls, reports\); say when it ends by itself: [^;]*; say why: --reason TEXT/);
my ($example) = $said->{err} =~ /for example: tlsgatectl (?:--\S+ \S+ )*(suspend .*)$/m;
is($example, "suspend legacy-tls --for 2h --reason 'ticket 4711'", '... and has a line that works');
wrong('tlsgatectl suspend legacy-tsl --until 17:45 --reason "partners cannot send"', qr/--until "17:45": the time has no offset, and local time is ambiguous; write 17:45Z for UTC, or an offset such as \+01:00 instead of Z/);
wrong('tlsgatectl suspend legacy-tsl --until 17:45+01:00 --reason "partners cannot send"', qr/there is no schedule "legacy-tsl"; did you mean legacy-tls\?/);
wrong('tlsgatectl suspend legacy-tls --for 9hours --reason "partners cannot send"', qr/--for "9hours": .*write 9h$/m);
wrong('tlsgatectl suspend legacy-tls --until 2018-08-07 --reason "partners cannot send"', qr/write 2018-08-07T00:00Z for midnight UTC/);
wrong('tlsgatectl suspend legacy-tls --untill 17:45Z', qr/suspend has no option --untill; did you mean --until\?/);

# --- a mistake: the wrong schedule, which the customers of the API do not notice
done('tlsgatectl suspend reports --for 9h --reason "partners cannot send"', qr/^suspend reports/, 'api 400 reports 200');
done('tlsgatectl undo', qr/^undo reports\n.*ends +suspend/s, 'api 400 reports 426');

# --- the right one, in one command
done('tlsgatectl suspend legacy-tls --until 17:45+01:00 --reason "partners cannot send"', qr/adds +suspend until 2018-08-07T16:45:00Z, by alice: partners cannot send/, 'api 200 reports 426');

# --- the afternoon: it takes longer
$httpd->set_clock('2018-08-07T15:25:00Z');
is(customers(), 'api 200 reports 426', '16:25: still served');
wrong('tlsgatectl extend legacy-tls --until 17:00+01:00', qr/its suspend goes on until 2018-08-07T16:45:00Z already, and 2018-08-07T16:00:00Z is not later/);
wrong('tlsgatectl extend legacy-tls', qr/extend: say when it ends by itself/);
wrong('tlsgatectl extend legacy-tls --until "2018-08-21 10:00"', qr/write 2018-08-21T10:00Z for UTC/);
done('tlsgatectl extend legacy-tls --until 2018-08-21T10:00+01:00', qr/by +suspend until 2018-08-21T09:00:00Z, by alice: partners cannot send/, 'api 200 reports 426');
$httpd->set_clock('2018-08-07T16:46:00Z');
is(customers(), 'api 200 reports 426', '17:46: after the first end they are still served');

# --- resumed a day too soon, taken back, and resumed
$httpd->set_clock('2018-08-20T08:00:00Z');
wrong('tlsgatectl resume', qr/resume: name a schedule, or write --all \(there are: legacy-tls, reports\); say why: --reason TEXT/);
done('tlsgatectl resume legacy-tls --reason "partners are ready"', qr/^resume legacy-tls\n.*ends +suspend until 2018-08-21T09:00:00Z/s, 'api 400 reports 426');
done('tlsgatectl undo --reason "not all of them"', qr/adds +suspend until 2018-08-21T09:00:00Z, by alice: partners cannot send/, 'api 200 reports 426');
wrong('tlsgatectl extend legacy --for 2w', qr/did you mean legacy-tls\?/);
done('tlsgatectl extend legacy-tls --for 2d', qr/by +suspend until 2018-08-23T09:00:00Z/, 'api 200 reports 426');
done('tlsgatectl resume legacy-tls --reason "all of them are ready"', qr/^resume legacy-tls/, 'api 400 reports 426');

# --- next morning: what was done
$httpd->set_clock('2018-08-21T06:00:00Z');
my @lines = split(/\n/, types('tlsgatectl audit --since 2018-08-07T08:00Z')->{out});
is_deeply([map { /^\w{7}  2018-08-(\d\d)T\S+Z  alice  (\w+) ([\w-]+).*"(.*)"  in force: httpd \(pid $httpd->{pid}\) has acted on it since \S+\z/ ? "$1 $2 $3: $4" =~ s/undoes \w+/undoes it/r : $_ } @lines], [
    '07 suspend reports: partners cannot send', '07 undo reports: undoes it', '07 suspend legacy-tls: partners cannot send',
    '07 extend legacy-tls: partners cannot send', '20 resume legacy-tls: partners are ready', '20 undo legacy-tls: not all of them',
    '20 extend legacy-tls: partners cannot send', '20 resume legacy-tls: all of them are ready',
], 'the audit tells the day');
is(scalar(split(/\n/, types('tlsgatectl audit --since 24h --schedule legacy-tls')->{out})), 4, '... and the last day alone');
$httpd->finish_ok;
done_testing;
