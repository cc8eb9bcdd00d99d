# The state file disappears, or is damaged, while httpd acts on the last good one: a change
# starts from what is in force, says so, and ends nothing that it does not name.
use strict;
use warnings;
use lib 't/lib';
use Test::More;
use TlsGate::Ack qw(acts_on);
use TlsGate::Client qw(ask);
use TlsGate::Ctl qw(says);
use TlsGate::State qw(document exempt suspend);

my @WHY = (qw(--reason because --by ops --yes));
my $ctl = TlsGate::Ctl->new(waits => 1, runs => 0, conf => <<'CONF');
Listen 127.0.0.1:@tls@
SSLEngine on
TlsGateIdentity header:X-Account
TlsGate legacy other
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1
    TlsGateCutoff    2018-08-07T08:40Z
</TlsGateSchedule>
<TlsGateSchedule other>
    TlsGateDeprecate TLSv1.1
    TlsGateCutoff    2018-08-07T08:40Z
</TlsGateSchedule>
CONF
my $h = $ctl->{httpd};
my $state = $ctl->{state};
my $END = '2018-08-21T09:00:00Z';
$h->start;
my $pid = $h->{pid};

sub answer { my (@how) = @_; my $r = ask(port => $h->port, @how); return $r ? $r->{status} : 'none' }
sub answers { return join(' ', answer(tls => 'TLSv1'), answer(tls => 'TLSv1.1'), answer(tls => 'TLSv1', headers => ['X-Account: acme'])) }

# Two suspensions and an exemption, in force; then that happens to the file.
my $WHOLE = document(suspend('legacy', $END), suspend('other', $END), exempt('legacy', 'account:acme', $END));
sub lost {
    my ($break, $condition) = @_;
    my $new = "$state.test";
    $ctl->write($new, $WHOLE);
    rename($new, $state) or die;
    acts_on($h, $state, text => $WHOLE) or die 'not taken';
    $break->();
    acts_on($h, $state, condition => $condition) or die 'not noticed';
}
my @breaks = (
    ['missing', 'gone',    sub { unlink $state }],
    ['missing', 'gone',    sub { unlink $state, "$state.audit" }],
    ['damaged', 'refuses', sub { open(my $f, '>>', $state) or die; print $f 'x'; close $f }],
    ['damaged', 'refuses', sub { open(my $f, '>', $state) or die; close $f }],
);
for my $break (@breaks) {
    my ($what, $condition, $how) = @$break;
    my $kept = qr/warning: \S+ is $what; httpd \(pid $pid\) still applies 3 of its changes, which are kept$/m;

    lost($how, $condition);
    my $there = -e $state ? TlsGate::Httpd::slurp($state) : undef;
    says($ctl->run(qw(resume nosuch), @WHY), 2, undef, qr/there is no schedule "nosuch"; there are: /, "$what: a schedule that does not exist is an error");
    is(-e $state ? TlsGate::Httpd::slurp($state) : undef, $there, '... nothing is written');
    is(answers(), '200 200 200', '... and nothing has ended');

    says($ctl->run(qw(resume legacy), @WHY), 0, qr/./, $kept, "$what: one suspension is ended, the others are kept");
    is(answers(), '426 200 200', '... which is true at the clients');
    is(TlsGate::Httpd::slurp("$state.damaged"), $there, '... and the damaged file is kept') if defined $there;
    is((stat "$state.damaged")[2] & 0027, 0, '... and not for everyone') if defined $there;
    unlink "$state.damaged";

    lost($how, $condition);
    says($ctl->run(qw(suspend legacy --until 2018-09-01T00:00Z), @WHY), 0, qr/replaces +suspend until $END/, $kept, "$what: a suspension replaces the one in force");
    is(answers(), '200 200 200', '... and the others are kept');
    unlink "$state.damaged";

    lost($how, $condition);
    says($ctl->run(qw(exempt remove legacy account:acme), @WHY), 0, qr/./, $kept, "$what: an exemption is ended");
    is(scalar @{ $ctl->document->{overrides} }, 2, '... and the others are kept');
    unlink "$state.damaged";

    lost($how, $condition);
    says($ctl->run(qw(resume --all --confirm-all), @WHY), 0, qr/./, $kept, "$what: all suspensions are ended");
    is(answers(), '426 426 200', '... and the exemption is none of them');
    unlink "$state.damaged";
}

# What httpd says is gone as well, though it runs and goes on: nothing may be begun anew.
lost(sub { unlink $state }, 'gone');
unlink glob("$state.ack.*");
for my $change ([qw(suspend other --for 1h --yes)], [qw(resume other --yes)]) {
    says($ctl->run(@$change, qw(--reason because --by ops)), 2, undef, qr/nothing was changed: \S+ is gone, .* a change would end all of that/, "@$change[0, 1], where a httpd runs that says nothing: it is not made");
    ok(!-e $state, '... nothing is written');
}
is(answers(), '200 200 200', '... and all stays in force');

# A document that nobody acts on is not overwritten.
$h->stop;
$ctl->write($state, 'x');
says($ctl->run(qw(resume legacy), @WHY), 2, undef, qr/nothing was changed: \S+: line 1, column 1/, 'damaged, and httpd does not run: it is left alone');
is($ctl->text, 'x', '... as it is');
done_testing;
