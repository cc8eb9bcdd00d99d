#!/usr/bin/perl
# A fleet: three httpd, whose state files all follow one store. One command
# changes the answers to old clients on all of them, also while members of the store are down.
use strict;
use warnings;

use lib 't/lib';
use Test::More;
use TlsGate::Client qw(ask);
use TlsGate::Ctl;
use TlsGate::Etcd;
use TlsGate::Follow;

if (my $missing = TlsGate::Etcd::missing()) { plan skip_all => $missing }

my $KEY = 'tlsgate/state';
my @WHY = (qw(--reason because --by ops --yes));
my $CONF = <<'CONF';
Listen 127.0.0.1:@tls@
SSLEngine on
TlsGate legacy-tls
<TlsGateSchedule legacy-tls>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateAnnounce  2018-06-01T00:00Z
    TlsGateCutoff    2018-08-07T08:40Z
</TlsGateSchedule>
CONF

chomp(my $libexec = `apxs -q LIBEXECDIR`);
my @mpms = grep { -e "$libexec/mod_mpm_$_.so" } qw(prefork worker event);
@mpms = (@mpms, @mpms, @mpms)[0 .. 2];

my $etcd = TlsGate::Etcd->new(members => 3);
my $url = $etcd->url($KEY);
my (@machines, @follows);

sub follow { my ($i) = @_; $follows[$i] = TlsGate::Follow->new($machines[$i], $url, env => { LD_PRELOAD => undef }) }

for my $i (0 .. 2) {
    $machines[$i] = TlsGate::Ctl->new(conf => $CONF, runs => 0, mpm => $mpms[$i]);
    $machines[$i]{httpd}->start;
    follow($i);
}

sub answer { my ($i, $tls) = @_; return (ask(port => $machines[$i]{httpd}->port, tls => $tls // 'TLSv1') || { status => 'none' })->{status} }
sub answers { return join(' ', map { answer($_) } 0 .. 2) }

# Waits until old clients get these answers at the three.
sub become {
    my ($what, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    ok($machines[0]{httpd}->wait_until(sub { answers() eq $what }), $name) or diag(answers(), map { "\n" . $_->said } @follows);
}

# A change by an operator, on any machine.
sub change {
    my ($name, @what) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $said = $machines[ rand 3 ]->run('--store', $url, @what, @WHY);
    is($said->{status}, 0, $name) or diag($said->{err});
}
my @SUSPEND = qw(suspend legacy-tls --for PT1H);
my @RESUME = qw(resume legacy-tls);

is(answers(), '426 426 426', 'after the cutoff old clients are turned away at each');
change('suspended', @SUSPEND);
become('200 200 200', '... old clients are served at each');
is(join(' ', map { answer($_, 'TLSv1.2') } 0 .. 2), '200 200 200', '... as are modern ones');
change('resumed', @RESUME);
become('426 426 426', '... old clients are turned away at each');

# --- each member of the store is down in turn
for my $i (0 .. 2) {
    $etcd->kill($i);
    change("member $i is down: suspended", @SUSPEND);
    become('200 200 200', '... at each');
    change('... and resumed', @RESUME);
    become('426 426 426', '... at each');
    $etcd->start($i);
    $etcd->wait_healthy;
}

# --- one machine does not follow for a while
$follows[1]->end('TERM');
change('one machine does not follow: suspended', @SUSPEND);
become('200 426 200', '... at the others');
follow(1);
become('200 200 200', '... and on that one once it follows again');

# --- an exemption of a client
change('resumed', @RESUME);
become('426 426 426', '... at each');
change('this client is exempt', qw(exempt add legacy-tls 127.0.0.1 --for PT1H));
become('200 200 200', '... at each');
change('and no longer', qw(exempt remove legacy-tls 127.0.0.1));
become('426 426 426', '... at each');

# --- the store is down: all machines keep their state
change('suspended once more', @SUSPEND);
become('200 200 200', '... at each');
$etcd->kill;
ok($_->wait_for(sub { !$_->note->{connected} }), 'the store is down: a machine notices it') for @follows;
ok($machines[2]{httpd}->graceful, '... one httpd is restarted gracefully');
is(answers(), '200 200 200', '... and all stay as they were');
$machines[0]{httpd}->stop;
$machines[0]{httpd}->start;
is(answers(), '200 200 200', '... also after a restart of httpd');
$etcd->restart;
change('the store is back: resumed', @RESUME);
become('426 426 426', '... at each');

# --- the files of each
my $said = join("\n", map { my $e = $_; map { "$e->{revision} $_->{command}" } @{ $e->{lines} } } $etcd->audit($KEY));
for my $i (0 .. 2) {
    ok($follows[$i]->wait_for(sub { ($follows[$i]->note->{revision} // 0) == $etcd->get($KEY)->{revision} }), "$mpms[$i]: it has the newest revision");
    is(join("\n", map { "$_->{revision} $_->{command}" } $machines[$i]->audit), $said, '... and each line of the audit, once');
    # What a machine says of itself is in the store a little later.
    ok($follows[$i]->wait_for(sub { $machines[$i]->run('--store', $url, 'status')->{status} == 0 }), '... status finds nothing wrong');
    is($follows[$i]->end('TERM'), 0, '... follow is ended');
    $machines[$i]{httpd}->finish_ok;
}

done_testing;
