# `tlsgatectl follow` for tests: one that writes the state file of a TlsGate::Ctl, its
# output, and the files that it leaves beside it.
package TlsGate::Follow;

use strict;
use warnings;

use JSON::PP;
use POSIX qw(WNOHANG);
use Time::HiRes qw(sleep time);
use TlsGate::Ctl;
use TlsGate::Etcd;
use TlsGate::Httpd;

# Starts it. Options: env (additions), before (a sub to run first in its process),
# command (a prefix that runs tlsgatectl), arguments (additional ones).
sub new {
    my ($class, $ctl, $url, %o) = @_;
    my $n = ++$ctl->{follows};
    my $self = bless { ctl => $ctl, owner => $$, err => "$ctl->{httpd}{dir}/follow.$n", out => "$ctl->{httpd}{dir}/follow-out.$n" }, $class;
    # It does not outlive a test that was killed.
    my @tied = map { ($_, '--pdeathsig', 'KILL') } TlsGate::Etcd::in_path('setpriv') || ();
    my @command = (@tied, @{ $o{command} || [] }, TlsGate::Ctl::program(), 'follow', '--state', $ctl->{state}, (defined $url ? ('--store', $url) : ()), @{ $o{arguments} || [] });
    my $pid = fork() // die "fork: $!";
    if (!$pid) {
        my %env = ($ctl->environment, %{ $o{env} || {} });
        %ENV = map { ($_ => $env{$_}) } grep { defined $env{$_} } keys %env;
        open(STDIN,  '<', '/dev/null');
        open(STDOUT, '>', $self->{out});
        open(STDERR, '>', $self->{err});
        $o{before}->() if $o{before};
        { exec @command }
        POSIX::_exit(127);
    }
    $self->{pid} = $pid;
    return $self;
}

sub pid { $_[0]{pid} }
sub said { my ($self) = @_; return TlsGate::Httpd::slurp($self->{err}) }
sub printed { my ($self) = @_; return TlsGate::Httpd::slurp($self->{out}) }

# How often its output matches that pattern.
sub says { my ($self, $what) = @_; return scalar(() = $self->said =~ /$what/mg) }

sub note { my ($self) = @_; return note_of($self->{ctl}) }

# The content of FILE.follow.
sub note_of {
    my ($ctl) = @_;
    my $text = $ctl->text('.follow');
    return eval { JSON::PP->new->utf8->decode($text) } // {};
}

# Polls: true as soon as the condition is.
sub wait_for { my ($self, $condition, $seconds) = @_; return $self->{ctl}{httpd}->wait_until($condition, $seconds) }

# Waits until the state file has that text.
sub has { my ($self, $text) = @_; return $self->wait_for(sub { $self->{ctl}->text eq $text }) }

sub runs {
    my ($self) = @_;
    return 0 unless $self->{pid};
    return 1 unless waitpid($self->{pid}, WNOHANG) == $self->{pid};
    $self->{status} = $?;
    delete $self->{pid};
    return 0;
}

sub signal { my ($self, $signal) = @_; return $self->{pid} && kill $signal => $self->{pid} }

# Ends it with that signal, or waits until it ends. Returns its exit status, or `signal N`.
sub end {
    my ($self, $signal) = @_;
    $self->signal($signal) if $signal;
    if (!$self->wait_for(sub { !$self->runs })) {
        $self->signal('KILL');
        waitpid(delete $self->{pid}, 0);
        return 'it does not end';
    }
    return $self->{status} & 127 ? 'signal ' . ($self->{status} & 127) : $self->{status} >> 8;
}

sub DESTROY {
    my ($self) = @_;
    return if $$ != $self->{owner} || !$self->{pid};
    local ($?, $!, $@);
    kill $_ => $self->{pid} for qw(CONT KILL);
    waitpid($self->{pid}, 0);
}

1;
