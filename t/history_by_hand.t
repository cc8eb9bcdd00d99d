# Nexmo's rollback of 7 August 2018 as it happened: it was not planned, so the
# Grace line of conf/history is left out, and at 16:25 BST ops suspend the schedule by hand,
# with tlsgatectl, until 21 August. It ends by itself.
use strict;
use warnings;
use lib 't/lib';
use POSIX ();
use Test::More;
use TlsGate::Client ();
use TlsGate::History qw(answer customers header);
use TlsGate::Httpd;
use TlsGate::Stacks qw(all_get);
use TlsGate::State;

customers();

my $text = TlsGate::Httpd::slurp('conf/history/nexmo-2018.conf');
is($text =~ s/^ *TlsGateGrace .*\n//mg, 1, 'Nexmo without the Grace line');

my $h = TlsGate::Httpd->new(clock => '2018-08-07T08:00:00Z', conf => <<"CONF");
Define TLS_PORT \@tls\@
Define HTTP_PORT \@http\@
Listen 127.0.0.1:\${TLS_PORT}
Listen 127.0.0.1:\${HTTP_PORT}
Timeout 20000000
Header always set X-Spoken "%{SSL_PROTOCOL}s"
TlsGateLog logs/tlsgate.ndjson
TlsGateState \$DIR/state/state.json
$text
CONF
mkdir $h->dir . '/htdocs/sms';
$h->write_file('htdocs/sms/json', "served\n");

# --- the day
my %o = (sni => 'api.example.com', path => '/sms/json');
my $state = TlsGate::State->new($h, sub { TlsGate::Client::ask(port => $h->port('tls'), tls => 'TLSv1', %o) });
$h->start;
all_get($h, '2018-08-07T08:39:59Z', 200, 200, 'one second before the deadline', %o);
is(header(answer($h, '2018-08-07T08:39:59Z', 'TLSv1', %o), 'sunset'), 'Tue, 07 Aug 2018 08:40:00 GMT', 'Sunset is the planned deadline');
all_get($h, '2018-08-07T08:40:00Z', 400, 200, 'the deadline, 09:40 BST', %o);
all_get($h, '2018-08-07T15:24:59Z', 400, 200, 'one second before the rollback', %o);
$h->set_clock('2018-08-07T15:25:00Z');

# What a person types: exit status and all output.
sub typed {
    my (@words) = @_;
    local %ENV = $h->_environment;
    my $pid = open(my $out, '-|') // die "fork: $!";
    if (!$pid) {
        open(STDERR, '>&', \*STDOUT);
        open(STDIN, '<', '/dev/null');
        { exec TlsGate::Httpd::absolute(($ENV{BUILD} || 'build') . '/tlsgatectl'), '--state', $state->{path}, '--patience', 0, @words }
        POSIX::_exit(127);
    }
    my $text = do { local $/; <$out> } // '';
    close $out;
    return ($? >> 8, $text);
}
my @until = qw(--until 2018-08-21T10:00+01:00);
my @why = ('--reason', 'customers are cut off');
for my $wrong ([qw(suspend)], [qw(suspend nexmo-tls)], [qw(suspend nexmo-tls), @until], [qw(suspend nexmo), @until, @why, '--yes'],
    [qw(suspend nexmo-tls --until 2018-08-21), @why, '--yes'], [qw(suspend nexmo-tls), @until, @why], [qw(resume nexmo-tls --yes), @why]) {
    my ($status, $said) = typed(@$wrong);
    isnt($status, 0, "typed: @$wrong");
    unlike($said, qr/done: |written: /, '... nothing is done');
}
all_get($h, '2018-08-07T15:25:00Z', 400, 200, '... and nobody is back', %o);
my ($status, $said) = typed(qw(suspend nexmo-tls --by ops --yes), @until, @why);
is($status, 0, 'rolled back by hand') or diag($said);
like($said, qr/^tlsgatectl: done: \S+ is written; httpd \(pid $h->{pid}\) has acted on it since 2018-08-07T15:25:/m, '... which is done when httpd says so');
all_get($h, '2018-08-07T15:25:10Z', 200, 200, 'old clients are back', %o);
is(header(answer($h, '2018-08-07T15:25:10Z', 'TLSv1', %o), 'sunset'), 'Tue, 21 Aug 2018 09:00:00 GMT', 'Sunset has moved');
all_get($h, '2018-08-07T15:25:10Z', 400, 200, 'the verification still warns', %o, path => '/tlsverification');
all_get($h, '2018-08-21T08:59:59Z', 200, 200, 'the last second of two weeks', %o);
all_get($h, '2018-08-21T09:00:00Z', 400, 200, 'it ends by itself, 10:00 BST', %o);
like($h->error_log, qr/schedule nexmo-tls: suspend until 2018-08-21T09:00:00Z, by ops: customers are cut off$/m, 'the error log says who and why');
is($state->taken, 1, '... once');
$h->finish_ok;

done_testing;
