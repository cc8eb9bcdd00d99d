# tlsgatectl for tests: with a httpd of its own that need not run, its clock, its
# state file, and no environment that could affect it.
package TlsGate::Ctl;

use strict;
use warnings;

use Exporter 'import';
use JSON::PP;
use POSIX ();
use Test::More ();
use TlsGate::Ack ();
use TlsGate::Httpd;

our @EXPORT_OK = qw(says said_in);

# The schedules that most tests use.
our $CONF = <<'CONF';
TlsGate legacy-tls
<VirtualHost *:81>
    ServerName api.example.com
    SSLEngine on
    <Location /sandbox>
        TlsGate legacy-tls as=cutoff
    </Location>
</VirtualHost>
<VirtualHost *:82>
    ServerName old.example.com
    TlsGate legacy-tls kx report-only
</VirtualHost>
<TlsGateSchedule legacy-tls>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateAnnounce  2018-06-01T00:00Z
    TlsGateTrial     2018-07-10T09:00Z/2018-07-10T10:23Z
    TlsGateTrial     2018-07-20T14:00Z/PT10M every=PT1H until=2018-07-21T14:00Z share=25%
    TlsGateCutoff    2018-08-07T08:40Z
    TlsGateRefuse    2018-11-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule kx>
    TlsGateDeprecate kx=RSA cleartext
    TlsGateCutoff    2019-01-01T00:00Z
</TlsGateSchedule>
CONF

sub program { return TlsGate::Httpd::absolute(($ENV{BUILD} || 'build') . '/tlsgatectl') }

# Runs it with words of any kind, and no httpd is asked: { status, out, err }. It runs in a directory; or in that of a
# httpd, and at its time. A word such as `>/dev/full` is where its output goes.
sub said_in {
    my ($where, @words) = @_;
    my $httpd = ref $where && $where->isa('TlsGate::Httpd') ? $where : undef;
    my $dir = $httpd ? $httpd->dir : $where;
    my ($to) = grep { /^>/ } @words;
    my $call = join ' ', map { "'" . s/'/'\\''/gr . "'" } program(), '--patience', 0, grep { !/^>/ } @words;
    local %ENV = $httpd ? $httpd->_environment : %ENV;
    system("cd '$dir' && $call @{[ $to // '>said.out' ]} 2>said.err </dev/null");
    return { status => $? >> 8, out => $to ? '' : TlsGate::Httpd::slurp("$dir/said.out"), err => TlsGate::Httpd::slurp("$dir/said.err") };
}

# Options: those of TlsGate::Httpd; conf and clock have defaults. `runs => 0`: no plan
# beside the state file. Most tests have no httpd that could act on a
# change; `waits => 1`: changes wait for one. Unless `acts => 0`, or if a real one was started, it is pretended that
# one acts on the state file as it is whenever a program runs, and goes on with its document when it is gone; `trips` is then what
# its TlsGateGuard has stopped.
sub new {
    my ($class, %o) = @_;
    my $httpd = TlsGate::Httpd->new(clock => '2018-08-08T12:00:00Z', %o,
        conf => "TlsGateState \$DIR/state/state.json\n" . ($o{conf} // $CONF));
    my $self = bless { httpd => $httpd, dir => $httpd->dir . '/state', args => [], waits => $o{waits}, acts => $o{acts} // !$o{waits}, trips => $o{trips} }, $class;
    mkdir $self->{dir};
    chmod 0755, $self->{dir};
    $self->{state} = "$self->{dir}/state.json";
    $self->{wrapper} = $self->script('program', 'exec ' . join(' ', map { "'$_'" } $httpd->command) . ' "$@"');
    $self->plan_runs if $o{runs} // 1;
    return $self;
}

# A program of one line of shell that records its arguments in DIR/NAME.args.
sub script {
    my ($self, $name, $line) = @_;
    my $path = $self->{httpd}->write_file($name, qq{#!/bin/sh\necho "\$@" >> '$self->{httpd}{dir}/$name.args'\n$line\n});
    chmod 0755, $path;
    return $path;
}

# The plan that httpd writes when it starts.
sub plan_runs {
    my ($self) = @_;
    my $said = $self->run_as({ args => [] }, $self->{wrapper}, '-t', '-D', 'DUMP_TLSGATE_JSON');
    $said->{status} == 0 or die "no plan: $said->{err}\n";
    $self->write("$self->{state}.plan", $said->{out});
    return $said->{out};
}

sub write { my ($self, $path, $text) = @_; open(my $h, '>', $path) or die "$path: $!"; print $h $text; close $h }

sub text { my ($self, $suffix) = @_; return TlsGate::Httpd::slurp($self->{state} . ($suffix // '')) }

sub document { my ($self) = @_; my $text = $self->text; return $text eq '' ? undef : JSON::PP->new->utf8->decode($text) }

sub audit { my ($self) = @_; return map { JSON::PP->new->utf8->decode($_) } split(/\n/, $self->text('.audit')) }

sub environment {
    my ($self) = @_;
    my %env = $self->{httpd}->_environment;
    delete @env{qw(SUDO_USER TLSGATE_STATE NO_COLOR TLSGATE_WAIT)};
    $env{TLSGATE_WAIT} = 'none' if !$self->{waits};
    return (%env, TERM => 'xterm');
}

# Runs tlsgatectl with the state file and httpd of this test: { status, out, err }.
sub run { my ($self, @args) = @_; return $self->run_as({}, program(), $self->standard, @args) }

# The options that every call has.
sub standard { my ($self) = @_; return ('--state', $self->{state}, '--httpd', $self->{wrapper}) }

# What it acts on: the last document that was not cut off.
sub note_in_force {
    my ($self) = @_;
    my $text = -f $self->{state} ? $self->text : undef;
    $self->{text_in_force} = $text if defined $text && $text =~ /\}\s*\z/;
    return defined $text;
}

sub pretend {
    my ($self) = @_;
    my $is_there = $self->note_in_force;
    undef $self->{pretended};
    return if !$self->{acts} || $self->{httpd}{pid} || !-d $self->{dir};
    $self->{pretended} = TlsGate::Ack::pretend($self->{state}, text => $self->{text_in_force}, trips => $self->{trips}, condition => $is_there ? 'acts' : defined $self->{text_in_force} ? 'gone' : 'none');
}

# Runs any program. Options: env (additions; undef removes), in (its standard input).
sub run_as { my ($self, @how) = @_; return $self->finish($self->begin(@how)) }

# The same without waiting for it. Returns a handle for finish.
sub begin {
    my ($self, $o, @command) = @_;
    my $dir = $self->{httpd}{dir};
    my $n = ++$self->{runs};
    $self->pretend;
    my $pid = fork() // die "fork: $!";
    if (!$pid) {
        my %env = ($self->environment, %{ $o->{env} || {} });
        %ENV = map { ($_ => $env{$_}) } grep { defined $env{$_} } keys %env;
        open(my $in, '>', "$dir/in.$n");
        print $in $o->{in} // '';
        close $in;
        open(STDIN,  '<', "$dir/in.$n");
        open(STDOUT, '>', "$dir/out.$n");
        open(STDERR, '>', "$dir/err.$n");
        $o->{before}->() if $o->{before};
        { exec @command }
        POSIX::_exit(127);
    }
    return { pid => $pid, run => $n };
}

# Waits for a program started by begin: { status, out, err }.
sub finish {
    my ($self, $begun) = @_;
    my ($dir, $n) = ($self->{httpd}{dir}, $begun->{run});
    waitpid($begun->{pid}, 0);
    my $status = $?;
    my %said = (status => $status & 127 ? 128 + ($status & 127) : $status >> 8,
        map { ($_ => TlsGate::Httpd::slurp("$dir/$_.$n")) } qw(out err));
    unlink map { "$dir/$_.$n" } qw(in out err);
    $self->note_in_force;
    undef $self->{pretended};
    return \%said;
}

# The same at a terminal, with those words typed in: { status, out }, both outputs in one.
sub run_at_terminal {
    my ($self, $typed, @args) = @_;
    my $line = join(' ', map { s/'/'\\''/gr =~ s/^|$/'/gr } program(), $self->standard, @args);
    my $said = $self->run_as({ in => $typed }, 'script', '--quiet', '--return', '--command', $line, '/dev/null');
    $said->{out} =~ s/\r\n/\n/g;
    return $said;
}

# A test: the exit status of a run, and patterns for its two outputs; undef: empty.
sub says {
    my ($said, $status, $out, $err, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $fits = $said->{status} == $status
        && (defined $out ? $said->{out} =~ $out : $said->{out} eq '')
        && (defined $err ? $said->{err} =~ $err : $said->{err} eq '');
    Test::More::ok($fits, $name) or Test::More::diag("status $said->{status}\n--- out\n$said->{out}--- err\n$said->{err}");
    return $fits;
}

sub json_of { my ($self, $said) = @_; return JSON::PP->new->utf8->decode($said->{out}) }

1;
